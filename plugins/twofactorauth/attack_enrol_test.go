package twofactorauth

import (
	"math/rand/v2"
	"testing"
	"time"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// An attacker with a stolen session tries secrets of his own, secrets that were
// issued to others, and old or used ones: RFC 4226 section 4 R6, ASVS 7.5.1. In the
// profile strict he cannot change the configuration; in both profiles he cannot end
// a lock or a wait.
func TestEnrolmentAbuse(t *testing.T) {
	for name, c := range map[string]Config{
		"compatible": {},
		"strict":     {PresentStepOnly: true, SecretBits: 160, RequirePending: true, RequireTokenToChange: true, MaxFailures: 10},
	} {
		strict := c.RequirePending
		t.Run(name, func(t *testing.T) {
			configuredOnce, waits, locks := 0, 0, 0
			for seed := range uint64(rounds(40, 2000)) {
				a := newAbuse(t, c, seed)
				for range 120 {
					before := a.record(t)
					now := a.clock.Now().Unix()
					a.act(t)
					after := a.record(t)
					barred := before.fails >= int64(a.most) || now < before.notBefore
					switch {
					case strict && (after.secret.Reveal() != before.secret.Reveal() ||
						after.lastStep != before.lastStep || after.recovery.key.Reveal() != before.recovery.key.Reveal()):
						t.Fatalf("seed %d: %s changed what is configured", seed, a.last)
					case after.lastStep < before.lastStep:
						t.Fatalf("seed %d: %s forgot a used step", seed, a.last)
					case barred && (after.fails != before.fails || after.notBefore != before.notBefore):
						t.Fatalf("seed %d: %s changed a lock or a wait: %d failures, not before %d, became %d and %d", seed, a.last, before.fails, before.notBefore, after.fails, after.notBefore)
					case barred && after.enabled() && after.secret.Reveal() != before.secret.Reveal():
						t.Fatalf("seed %d: %s enrolled a secret that it could not have been checked with", seed, a.last)
					case before.fails >= int64(a.most) && len(after.recovery.macs) > 0 &&
						after.recovery.key.Reveal() != before.recovery.key.Reveal():
						t.Fatalf("seed %d: %s made recovery codes for an account that is locked", seed, a.last)
					}
					if after.secret.Reveal() != before.secret.Reveal() && after.enabled() {
						configuredOnce++
					}
					if before.fails >= int64(a.most) {
						locks++
					} else if barred {
						waits++
					}
				}
			}
			if waits == 0 || locks == 0 || !strict && configuredOnce == 0 {
				t.Errorf("%d waits, %d locks, %d enrolments: the test proves little", waits, locks, configuredOnce)
			}
		})
	}
}

// abuse is an account that is used by an attacker without its device.
type abuse struct {
	*sdktest.Host
	clock *sdktest.Clock
	store sdk.Storage
	most  int
	r     *rand.Rand
	known []string // secrets that the attacker knows
	last  string   // what was done
}

func newAbuse(t *testing.T, c Config, seed uint64) *abuse {
	t.Helper()
	a := &abuse{
		clock: sdktest.NewClock(time.Unix(at, 0)),
		store: sdktest.NewMemory(),
		r:     rand.New(rand.NewPCG(seed, 751)),
		known: []string{attackers},
	}
	c.Issuer = "host"
	c.complete()
	a.most = c.MaxFailures
	a.Host = sdktest.New(t, New(c), sdktest.WithClock(a.clock.Now), sdktest.WithStorage(func(_, account string) sdk.Storage {
		if account == "alice" {
			return a.store
		}
		return sdktest.NewMemory()
	}))
	victim := configured()
	_, kept, err := newRecovery(hmacSHA256, seeded{a.r})
	if err != nil {
		t.Fatal(err)
	}
	victim.recovery = kept
	if a.r.IntN(3) == 0 {
		victim.fails, victim.notBefore = int64(a.most), at+100
	}
	value, err := victim.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.store.Swap(t.Context(), accountKey, 0, value); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *abuse) record(t *testing.T) record {
	t.Helper()
	return recordIn(t, a.store)
}

// act does one thing that an attacker may try.
func (a *abuse) act(t *testing.T) {
	t.Helper()
	secret := a.known[a.r.IntN(len(a.known))]
	code, err := codeAt(secret, a.clock.Now().Unix()/period+a.r.Int64N(3)-1)
	if err != nil {
		t.Fatal(err)
	}
	args := sdktest.Args{"secret": secret, "tfa_token": code}
	switch n := a.r.IntN(12); n {
	case 0: // pending until it is overtaken or late
		a.last = "generate_user_configuration"
		var made generated
		a.Call(a.last, nil).Decode(&made)
		a.known = append(a.known, made.Secret)
	case 1: // a secret that is pending for another account
		a.last = "generate_user_configuration of another account"
		var made generated
		a.As("mallory").Call("generate_user_configuration", nil).Decode(&made)
		a.known = append(a.known, made.Secret)
	case 2:
		a.last = "remove_user_configuration without a code"
		a.Call("remove_user_configuration", nil)
	case 3:
		a.last = "remove_user_configuration with a code of another secret"
		a.Call("remove_user_configuration", sdktest.Args{"tfa_token": code})
	case 4:
		a.last = "generate_recovery_codes without a code"
		a.Call("generate_recovery_codes", nil)
	case 5:
		a.last = "set_user_configuration with the same code twice"
		args["current_tfa_token"] = code
		a.Call("set_user_configuration", args)
	case 6:
		a.last = "set_user_configuration with an empty present code"
		args["current_tfa_token"] = ""
		a.Call("set_user_configuration", args)
	case 7:
		a.last = "validate_token"
		a.Call("validate_token", sdktest.Args{"tfa_token": code})
	case 8:
		a.last = "the passing of time"
		a.clock.Advance(time.Duration(a.r.IntN(4000)) * time.Second)
	case 9:
		a.last = "a wrong code at set_user_configuration"
		args["tfa_token"] = "000000"
		a.Call("set_user_configuration", args)
	default:
		a.last = "set_user_configuration"
		a.Call("set_user_configuration", args)
	}
}

// ASVS 6.5.8, RFC 6238 section 5.2: machines share a store, and their clocks differ
// and jump. Each accepted step is later than all accepted before, on any machine; a
// wait or a lock counts on all machines.
func TestASVS658MachinesWhoseClocksDiffer(t *testing.T) {
	accepted, broken := 0, 0
	for seed := range uint64(rounds(60, 3000)) {
		r := rand.New(rand.NewPCG(seed, 658))
		store := sdktest.NewMemory()
		value, err := configured().encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Swap(t.Context(), accountKey, 0, value); err != nil {
			t.Fatal(err)
		}
		var hosts []*sdktest.Host
		var clocks []*sdktest.Clock
		for range 3 {
			clock := sdktest.NewClock(time.Unix(at, 0))
			clocks = append(clocks, clock)
			hosts = append(
				hosts,
				sdktest.New(
					t,
					New(Config{Issuer: "host"}),
					sdktest.WithClock(clock.Now),
					sdktest.WithStorage(func(string, string) sdk.Storage { return store }),
				),
			)
		}
		last := configured().lastStep
		used := make(map[int64]bool)
		for range 150 {
			n := r.IntN(len(hosts))
			switch r.IntN(6) {
			case 0: // NTP, a broken battery, a virtual machine that was asleep
				jump := []time.Duration{10 * time.Second, 45 * time.Second, 5 * time.Minute, 11 * time.Minute, 80 * time.Minute,
					366 * 24 * time.Hour}[r.IntN(6)]
				clocks[n].Advance(jump * time.Duration(1-2*r.IntN(2)))
			case 1:
				clocks[n].Set(time.Unix(at, 0).Add(time.Duration(r.IntN(600)) * time.Second)) // about the true time
			default:
				clocks[n].Advance(time.Duration(r.IntN(40)) * time.Second)
			}
			now := clocks[n].Now().Unix()
			step := now/period + r.Int64N(5) - 2
			if r.IntN(4) == 0 {
				step = last // what was accepted last, wherever
			}
			code, err := codeAt(rfcSecret, max(step, 0))
			if err != nil {
				t.Fatal(err)
			}
			before := recordIn(t, store)
			res := hosts[n].Call("validate_token", sdktest.Args{"tfa_token": code})
			after := recordIn(t, store)
			var out struct {
				Valid int   `json:"valid"`
				Retry int64 `json:"retry_after"`
			}
			res.Result.Status = 1 // so that the data can be read although there is an error
			res.Decode(&out)
			switch {
			case out.Valid == 1 && (after.lastStep <= last || used[after.lastStep] ||
				now < before.notBefore || after.lastStep < now/period-1 || after.lastStep > now/period+1):
				t.Fatalf("seed %d: at step %d the step %d was accepted after %d, not before %d", seed, now/period, after.lastStep, last, before.notBefore-now)
			case out.Valid == 1:
				accepted++
				last = after.lastStep
				used[last] = true
			case after.lastStep != last:
				t.Fatalf("seed %d: a code that was refused used up step %d", seed, after.lastStep)
			case before.lastStep > now/period+1+farAhead:
				broken++
				if after.fails != before.fails || out.Retry == 0 {
					t.Fatalf("seed %d: with a clock that is far behind a code was counted", seed)
				}
			}
		}
	}
	if accepted < 100 || broken < 100 {
		t.Errorf("%d codes were accepted, %d met a clock that is far behind: the test proves little", accepted, broken)
	}
}

func recordIn(t *testing.T, s sdk.Storage) record {
	t.Helper()
	r, err := load(t.Context(), place{storage: s, key: accountKey, account: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
