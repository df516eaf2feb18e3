package twofactorauth

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// rounds is how often something is done: quick with go test, long with make attack.
func rounds(quick, long int) int {
	if os.Getenv("LIVEAPI_ATTACK") == "long" {
		return long
	}
	return quick
}

// counted is a storage that counts writes and conflicts.
type counted struct {
	sdk.Storage
	swaps, conflicts atomic.Int64
}

func (s *counted) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	v, err := s.Storage.Swap(ctx, key, old, value)
	switch {
	case err == nil:
		s.swaps.Add(1)
	case errors.Is(err, sdk.ErrConflict):
		s.conflicts.Add(1)
	}
	return v, err
}

// besieged is an account with a second factor, the time, and the hashes of codes
// that were computed so far.
type besieged struct {
	*sdktest.Host
	clock   *sdktest.Clock
	store   *counted
	hashes  atomic.Int64
	wrong   []string // codes of no step of the siege
	looked  atomic.Int64
	changed atomic.Int64
}

// siege is how long the clock of a siege runs at most, in steps.
const siege = 60000

func besiege(t *testing.T, c Config) *besieged {
	t.Helper()
	b := &besieged{clock: sdktest.NewClock(time.Unix(at, 0)), store: &counted{Storage: sdktest.NewMemory()}}
	c.Issuer = "host"
	c.complete()
	u := c.rules()
	u.codeAt = func(secret string, step int64) (string, error) {
		if secret == rfcSecret { // hashes of the attacker's own secret do not count
			b.hashes.Add(1)
		}
		return codeAt(secret, step)
	}
	b.Host = sdktest.New(t, newModule(c, u), sdktest.WithClock(b.clock.Now), sdktest.WithAccountInfo(sdk.Account{Name: "alice"}),
		sdktest.WithStorage(func(_, account string) sdk.Storage {
			if account == "alice" {
				return b.store
			}
			return sdktest.NewMemory()
		}))
	value, err := configured().encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Swap(t.Context(), accountKey, 0, value); err != nil {
		t.Fatal(err)
	}
	b.store.swaps.Store(0)
	right := make(map[string]bool)
	for step := int64(at/period - 10); step < at/period+siege; step++ {
		code, err := codeAt(rfcSecret, step)
		if err != nil {
			t.Fatal(err)
		}
		right[code] = true
	}
	r := rand.New(rand.NewPCG(1, 4226))
	for len(b.wrong) < 1000 {
		if code := string([]byte{byte('0' + r.IntN(10)), byte('0' + r.IntN(10)), byte('0' + r.IntN(10)), byte('0' + r.IntN(10)),
			byte('0' + r.IntN(10)), byte('0' + r.IntN(10))}); !right[code] {
			b.wrong = append(b.wrong, code)
		}
	}
	return b
}

const attackers = "JBSWY3DPEHPK3PXP" // a secret that the attacker chose

// guess sends one wrong code through one of the doors. Where a new secret is sent
// with it, this is the attacker's own with its right code.
func (b *besieged) guess(t *testing.T, r *rand.Rand) {
	wrong := b.wrong[r.IntN(len(b.wrong))]
	own, err := codeAt(attackers, b.clock.Now().Unix()/period)
	if err != nil {
		t.Error(err)
	}
	var res *sdktest.Result
	switch r.IntN(8) {
	case 0:
		res = b.Call("set_user_configuration", sdktest.Args{"secret": rfcSecret, "tfa_token": wrong})
	case 1:
		res = b.Call("set_user_configuration", sdktest.Args{"secret": attackers, "tfa_token": own, "current_tfa_token": wrong})
	case 2:
		res = b.Call("remove_user_configuration", sdktest.Args{"tfa_token": wrong})
	case 3:
		res = b.Call("generate_recovery_codes", sdktest.Args{"tfa_token": wrong})
	case 4:
		res = b.WHM1("twofactorauth_set_tfa_config_for_user", sdktest.Args{"user": "alice", "secret": rfcSecret, "tfa_token": wrong})
	default:
		res = b.Call("validate_token", sdktest.Args{"tfa_token": wrong})
	}
	switch {
	case res.Status == 1 && strings.Contains(string(res.Data), `"valid":0`), res.Status == 0 && strings.HasSuffix(res.Errors[0], "The security code is invalid."):
		b.looked.Add(1)
	case res.Status == 1:
		b.changed.Add(1)
	}
}

// RFC 4226 section 7.3, S4: 64 sessions send a million guesses through every door.
// At most MaxFailures in a row are evaluated, however long the attackers wait, and
// each of these costs one write. The test counts responses, writes and hashes.
func TestRFC4226Section73AMillionGuesses(t *testing.T) {
	for name, c := range map[string]Config{"compatible": {}, "strict": {PresentStepOnly: true, RequireTokenToChange: true, MaxFailures: 10}} {
		t.Run(name, func(t *testing.T) {
			const sessions = 64
			b := besiege(t, c)
			most, window := int64(mostFailures), int64(3)
			if c.MaxFailures != 0 {
				most, window = int64(c.MaxFailures), 1
			}
			guesses := rounds(6_000, 500_000)
			var made atomic.Int64
			var all sync.WaitGroup
			for n := range uint64(sessions) {
				all.Go(func() {
					r := rand.New(rand.NewPCG(n, 73))
					for made.Add(1) <= int64(guesses) {
						b.guess(t, r)
						if r.IntN(guesses/200) == 0 { // now and then all wait; the clock runs as long as the siege
							b.clock.Advance(time.Duration(r.IntN(5000)) * time.Second)
						}
					}
				})
			}
			all.Wait()
			if b.changed.Load() != 0 {
				t.Errorf("%d guesses changed something", b.changed.Load())
			}
			if looked := b.looked.Load(); looked != most || b.store.swaps.Load() != most {
				t.Errorf("%d guesses were evaluated, in %d writes; want exactly %d", looked, b.store.swaps.Load(), most)
			}
			if hashes, bound := b.hashes.Load(), window*(most+b.store.conflicts.Load()); hashes > bound {
				t.Errorf("%d hashes were computed, at most %d may be", hashes, bound)
			}
		})
	}
}
