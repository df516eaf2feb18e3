package twofactorauth

import (
	"math/rand/v2"
	"testing"

	"liveapi.host/sdk"
)

// at is the first second of a step.
const at = 58000000 * period

// counting is rules that count the evaluated time codes and recovery codes.
type counting struct {
	*rules
	steps, macs int
}

func newCounting(c Config) *counting {
	c.complete()
	n := &counting{rules: c.rules()}
	n.codeAt = func(secret string, step int64) (string, error) {
		n.steps++
		return codeAt(secret, step)
	}
	n.mac = func(key, text string) string {
		n.macs++
		return hmacSHA256(key, text)
	}
	return n
}

func (n *counting) evaluated() bool { return n.steps+n.macs > 0 }

// sent is the code of a step, as a candidate.
func sent(t testing.TB, secret string, step int64) candidate {
	t.Helper()
	code, err := codeAt(secret, step)
	if err != nil {
		t.Fatal(err)
	}
	return newCandidate(sdk.NewSecret(code))
}

// guess returns a code that no step near at has.
func guess(t testing.TB, secret string) candidate {
	t.Helper()
	for _, code := range []string{"000000", "111111", "222222"} {
		if _, ok, err := match(codeAt, secret, code, at/period, 50); err != nil {
			t.Fatal(err)
		} else if !ok {
			return newCandidate(sdk.NewSecret(code))
		}
	}
	t.Fatal("found no wrong code")
	return candidate{}
}

func configured() record { return record{secret: sdk.NewSecret(rfcSecret), lastStep: at/period - 10} }

func TestS4RFC4226Section73Delay(t *testing.T) {
	for fails, want := range map[int64]int64{
		0: 0, 1: 0, 2: 0, 3: 0, 4: 30, 5: 60, 6: 120, 7: 240, 8: 480, 9: 960, 10: 1920, 11: 3600, 12: 3600, 50: 3600, failsKept: 3600,
	} {
		if got := delay(fails); got != want {
			t.Errorf("after %d failures: %d seconds, want %d", fails, got, want)
		}
	}
}

// Verdicts that are decided without evaluating a code.
func TestS4RFC4226Section73Gate(t *testing.T) {
	wrongCode, code := guess(t, rfcSecret), sent(t, rfcSecret, at/period)
	recoveryCode := newCandidate(sdk.NewSecret("abcde-fghjk"))
	const hour = 3600
	for _, c := range []struct {
		name     string
		r        record
		now      int64
		c        candidate
		want     verdict
		wait     int64
		evaluate bool
	}{
		{"a right code", record{}, at, code, accepted, 0, true},
		{"a wrong code", record{}, at, wrongCode, wrong, 0, true},
		{"the third wrong code", record{fails: 2}, at, wrongCode, wrong, 0, true},
		{"the fourth wrong code", record{fails: 3}, at, wrongCode, wrong, 30, true},
		{"the fourth, right", record{fails: 3}, at, code, accepted, 0, true},
		{"no code", record{}, at, candidate{}, malformed, 0, false},
		{"a second early", record{fails: 4, notBefore: at + 1}, at, code, throttled, 1, false},
		{"an hour early", record{fails: 11, notBefore: at + hour}, at, code, throttled, hour, false},
		{"no code, too early", record{fails: 4, notBefore: at + 30}, at, candidate{}, throttled, 30, false},
		{"a recovery code, too early", record{fails: 4, notBefore: at + 30}, at, recoveryCode, throttled, 30, false},
		{"in time", record{fails: 4, notBefore: at}, at, code, accepted, 0, true},
		{"the 50th wrong code", record{fails: 49}, at, wrongCode, wrong, hour, true},
		{"the 51st, right", record{fails: 50, notBefore: at - hour}, at, code, locked, 0, false},
		{"the 51st, right and early", record{fails: 50, notBefore: at + 7}, at, code, locked, 7, false},
		{"locked, no code", record{fails: 50}, at, candidate{}, locked, 0, false},
		{"locked, a recovery code", record{fails: 50}, at, recoveryCode, wrong, hour, true},
		{"locked, a recovery code, too early", record{fails: 50, notBefore: at + 7}, at, recoveryCode, throttled, 7, false},
		{"as many failures as are counted", record{fails: failsKept}, at, recoveryCode, wrong, hour, true},
		{"the last step is ten minutes ahead", record{lastStep: at/period + 1 + farAhead}, at, code, replayed, 0, true},
		{"the last step is further ahead", record{lastStep: at/period + 2 + farAhead}, at, code, clockWrong, period, false},
		{"not_before is as far ahead as may be", record{fails: 11, notBefore: at + hour + 600}, at, code, throttled, hour + 600, false},
		{"not_before is further ahead", record{fails: 11, notBefore: at + hour + 601}, at, code, clockWrong, hour + 601, false},
		{"locked, and not_before is further ahead", record{fails: 50, notBefore: at + hour + 601}, at, recoveryCode, clockWrong, hour + 601, false},
		{"the end of 1969", record{}, -1, code, clockWrong, 31, false},
		{"before the first step", record{}, 29, code, clockWrong, 1, false},
	} {
		u := newCounting(Config{Issuer: "host"})
		c.r.secret = sdk.NewSecret(rfcSecret)
		next, o, err := u.check(c.r, c.now, c.c)
		if err != nil || o.verdict != c.want || o.wait != c.wait {
			t.Errorf("%s: verdict %d, wait %d, %v; want %d and %d", c.name, o.verdict, o.wait, err, c.want, c.wait)
		}
		if u.evaluated() != c.evaluate || o.changes() != c.evaluate {
			t.Errorf("%s: %d steps and %d HMACs were evaluated, and the record is written: %v", c.name, u.steps, u.macs, o.changes())
		}
		if c.want != accepted && (next.lastStep != c.r.lastStep || next.fails < c.r.fails || next.notBefore < c.r.notBefore) {
			t.Errorf("%s: the record became %+v", c.name, next)
		}
		if c.want == accepted && (next.fails != 0 || next.notBefore != 0) || next.fails > failsKept {
			t.Errorf("%s: %d failures and not before %d are left", c.name, next.fails, next.notBefore)
		}
	}
}

// For any input in any order and any change of the clock: without an acceptance at
// most MaxFailures time codes in a row are evaluated; no step is accepted twice or
// out of order; a recovery code is accepted once; no code is evaluated too early;
// and a refusal does not change the configuration.
func TestRFC4226Section73ThrottleProperty(t *testing.T) {
	full := 0 // rows that reached the bound
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 73))
		u := newCounting(
			Config{Issuer: "host", MaxFailures: 3 + r.IntN(48), PresentStepOnly: seed%3 == 0, RequireTokenToChange: seed%2 == 0},
		)
		codes, kept, err := newRecovery(hmacSHA256, seeded{r})
		if err != nil {
			t.Fatal(err)
		}
		rec, now := configured(), int64(at)
		rec.recovery = kept
		usedCodes := make(map[string]bool)
		row, lastStep, longest := 0, rec.lastStep, 0
		for i := range 2000 {
			switch r.IntN(12) {
			case 0:
				now -= r.Int64N(2000)
			case 1:
				now += r.Int64N(9000)
			case 2:
				now = max(now, rec.notBefore)
			default:
				now += r.Int64N(40)
			}
			right := r.IntN(60) == 0 // seldom, so that rows get long
			var c candidate
			text := codes[r.IntN(len(codes))]
			switch {
			case r.IntN(40) == 0 && right:
				c = newCandidate(sdk.NewSecret(text))
			case right:
				c = sent(t, rfcSecret, max(now/period+r.Int64N(5)-2, 0))
			default:
				c = newCandidate(sdk.NewSecret([]string{"000000", "999999", "00000-00000", "no code"}[r.IntN(4)]))
			}
			before := rec
			u.steps, u.macs = 0, 0
			var o outcome
			switch r.IntN(6) {
			case 0: // guesses at set: the new secret is the caller's, so its code is right
				rec, o, err = u.enrol(
					rec,
					now,
					enrolment{secret: sdk.NewSecret(rfcSecret), code: sent(t, rfcSecret, now/period), current: &c},
				)
				rec.recovery = before.recovery // so that there is something left to guess
			case 1:
				rec, o, err = u.enrol(rec, now, enrolment{secret: sdk.NewSecret(rfcSecret), code: c, current: &c})
				rec.recovery = before.recovery
			case 2:
				rec, o, err = u.withdraw(rec, now, &c)
				rec.secret, rec.recovery = before.secret, before.recovery
			default:
				rec, o, err = u.check(rec, now, c)
			}
			if err != nil {
				t.Fatal(err)
			}
			if u.steps > 0 {
				row++
				longest = max(longest, row)
			}
			if u.evaluated() != o.changes() || u.evaluated() && now < before.notBefore {
				t.Fatalf("seed %d, %d: verdict %d at %d, not before %d: %d steps, %d HMACs", seed, i, o.verdict, now, before.notBefore, u.steps, u.macs)
			}
			if row > int(u.maxFailures) {
				t.Fatalf("seed %d, %d: %d time codes in a row were evaluated, at most %d may be", seed, i, row, u.maxFailures)
			}
			switch {
			case o.verdict == accepted && o.method == methodTOTP:
				if rec.lastStep <= lastStep || rec.lastStep > now/period+u.window || rec.lastStep < now/period-u.window {
					t.Fatalf("seed %d, %d: step %d was accepted at step %d after %d", seed, i, rec.lastStep, now/period, lastStep)
				}
				lastStep, row = rec.lastStep, 0
			case o.verdict == accepted:
				if u.macs > 0 && len(before.recovery.macs) == len(rec.recovery.macs)+1 {
					if usedCodes[text] {
						t.Fatalf("seed %d, %d: a recovery code was accepted twice", seed, i)
					}
					usedCodes[text] = true
				}
				lastStep, row = rec.lastStep, 0
			case rec.lastStep != before.lastStep || rec.secret != before.secret || len(rec.recovery.macs) != len(before.recovery.macs):
				t.Fatalf("seed %d, %d: verdict %d changed what is configured", seed, i, o.verdict)
			case !o.changes() && (rec.fails != before.fails || rec.notBefore != before.notBefore):
				t.Fatalf("seed %d, %d: verdict %d counted", seed, i, o.verdict)
			case o.changes() && rec.fails != before.fails+1:
				t.Fatalf("seed %d, %d: verdict %d did not count", seed, i, o.verdict)
			}
			if u.locked(rec) && r.IntN(20) == 0 { // what the administrator does
				rec.fails, rec.notBefore, row = 0, 0, 0
			}
		}
		if longest == int(u.maxFailures) {
			full++
		}
	}
	if full < 10 {
		t.Errorf("only %d rows reached their bound: the test proves little", full)
	}
}

// seeded is a stream of random bytes.
type seeded struct{ *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.Uint32())
	}
	return len(p), nil
}
