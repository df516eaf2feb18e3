package twofactorauth

import (
	"math/rand/v2"
	"strings"
	"testing"

	"liveapi.host/sdk"
)

// A candidate costs the same hashes whether something is configured, whether it
// is right, and however many recovery codes are left.
func TestS7ChecksCostTheSame(t *testing.T) {
	shown, kept, err := newRecovery(hmacSHA256, seeded{rand.New(rand.NewPCG(1, 1))})
	if err != nil {
		t.Fatal(err)
	}
	all, one := configured(), configured()
	all.recovery = kept
	one.recovery = recovery{key: kept.key, macs: kept.macs[:1]}
	records := map[string]record{"nothing": {}, "no recovery codes": configured(), "one recovery code": one, "ten recovery codes": all}
	for _, window := range []int{0, 1} {
		for name, r := range records {
			for _, c := range []struct {
				candidate   candidate
				steps, macs int
			}{
				{sent(t, rfcSecret, at/period), 2*window + 1, 0},
				{sent(t, rfcSecret, r.lastStep), 2*window + 1, 0},
				{guess(t, rfcSecret), 2*window + 1, 0},
				{newCandidate(sdk.NewSecret(shown[0])), 0, 1},
				{newCandidate(sdk.NewSecret("00000-00000")), 0, 1},
				{candidate{}, 0, 0},
			} {
				u := newCounting(Config{Issuer: "host", PresentStepOnly: window == 0})
				if _, _, err := u.check(r, at, c.candidate); err != nil {
					t.Fatal(err)
				}
				if u.steps != c.steps || u.macs != c.macs {
					t.Errorf("%s, window %d: %d and %d hashes, want %d and %d", name, window, u.steps, u.macs, c.steps, c.macs)
				}
			}
		}
	}
}

// Without a configuration no code is accepted, even if the record has recovery codes.
func TestRecoveryCodesNeedAConfiguration(t *testing.T) {
	shown, kept, err := newRecovery(hmacSHA256, seeded{rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", rfcSecret} {
		u := newCounting(Config{Issuer: "host"})
		_, o, err := u.check(record{secret: sdk.NewSecret(secret), recovery: kept}, at, newCandidate(sdk.NewSecret(shown[7])))
		if err != nil || (o.verdict == accepted) != (secret != "") {
			t.Errorf("with the secret %q: verdict %d, %v", secret, o.verdict, err)
		}
	}
}

// A call with two codes evaluates that of the new secret first, and the present one
// only if the response shows its verdict anyway; one failure is counted.
func TestEnrolEvaluatesOneGuess(t *testing.T) {
	const other = "JBSWY3DPEHPK3PXP"
	right, old, bad := sent(t, rfcSecret, at/period), sent(t, rfcSecret, configured().lastStep), guess(t, rfcSecret)
	newRight, newOld, newBad := sent(t, other, at/period), sent(t, other, at/period-20), guess(t, other)
	none := candidate{}
	for _, c := range []struct {
		name    string
		demand  bool
		code    candidate
		current *candidate
		want    verdict
		steps   int
	}{
		{"both right", true, newRight, &right, accepted, 6},
		{"both right, not needed", false, newRight, &right, accepted, 6},
		{"not sent, not needed", false, newRight, nil, accepted, 3},
		{"not sent", true, newRight, nil, needsToken, 0},
		{"present wrong", true, newRight, &bad, wrong, 6},
		{"present wrong, not needed", false, newRight, &bad, wrong, 6},
		{"present too old for the window", true, newRight, &old, wrong, 6},
		{"new wrong", true, newBad, &right, wrong, 3},
		{"new too old for the window", true, newOld, &right, wrong, 3},
		{"both wrong", true, newBad, &bad, wrong, 3},
		{"present no code", true, newRight, &none, malformed, 0},
		{"new no code", true, none, &right, malformed, 0},
		{"exchanged", true, right, &newRight, wrong, 3},
	} {
		u := newCounting(Config{Issuer: "host", RequireTokenToChange: c.demand})
		next, o, err := u.enrol(configured(), at, enrolment{secret: sdk.NewSecret(other), code: c.code, current: c.current})
		if err != nil || o.verdict != c.want || u.steps != c.steps {
			t.Errorf("%s: verdict %d after %d codes, %v; want %d after %d", c.name, o.verdict, u.steps, err, c.want, c.steps)
		}
		fails, secret, step := int64(0), rfcSecret, configured().lastStep
		switch c.want {
		case accepted:
			secret, step = other, at/period
		case wrong:
			fails = 1
		}
		if next.fails != fails || next.secret.Reveal() != secret || next.lastStep != step {
			t.Errorf("%s: %d failures, step %d, the new secret: %v", c.name, next.fails, next.lastStep, next.secret.Reveal() == other)
		}
	}
}

// Both codes must be later than the step that was used before, and the later of the
// two steps is used up.
func TestEnrolUsesUpTheLaterStep(t *testing.T) {
	const other = "JBSWY3DPEHPK3PXP"
	for _, c := range []struct{ last, code, current, want int64 }{
		{-5, 0, 0, 0}, {-5, -1, 1, 1}, {-5, 1, -1, 1}, {-2, -1, -1, -1},
		{0, 1, 0, 99}, {0, 0, 1, 99}, {0, 1, 1, 1}, // 99: a replay
	} {
		u := newCounting(Config{Issuer: "host"})
		r := configured()
		r.lastStep = at/period + c.last
		current := sent(t, rfcSecret, at/period+c.current)
		next, o, err := u.enrol(r, at, enrolment{secret: sdk.NewSecret(other), code: sent(t, other, at/period+c.code), current: &current})
		if err != nil {
			t.Fatal(err)
		}
		if c.want == 99 {
			if o.verdict != replayed || next.lastStep != r.lastStep || next.fails != 1 {
				t.Errorf("%+v: verdict %d, step %+d", c, o.verdict, next.lastStep-at/period)
			}
		} else if o.verdict != accepted || next.lastStep != at/period+c.want {
			t.Errorf("%+v: verdict %d, step %+d", c, o.verdict, next.lastStep-at/period)
		}
	}
}

func TestPendingSecret(t *testing.T) {
	p, err := newPending(hmacSHA256, strings.NewReader(strings.Repeat("r", keyBytes)), rfcSecret, at)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[int64]bool{-61: false, -60: true, 0: true, 600: true, 601: false, 1 << 40: false, -1 << 40: false} {
		if got := p.holds(hmacSHA256, rfcSecret, at+after); got != want {
			t.Errorf("after %d seconds: %v, want %v", after, got, want)
		}
	}
	if p.holds(hmacSHA256, "JBSWY3DPEHPK3PXP", at) || (pending{}).holds(hmacSHA256, rfcSecret, at) || (pending{}).holds(hmacSHA256, "", 0) {
		t.Error("another secret is held")
	}
	if _, err := newPending(hmacSHA256, strings.NewReader("r"), rfcSecret, at); err == nil {
		t.Error("made from too few random bytes")
	}
	if _, _, err := newRecovery(hmacSHA256, strings.NewReader(strings.Repeat("r", keyBytes+99))); err == nil {
		t.Error("recovery codes were made from too few random bytes")
	}
}

// RFC 4231 section 4.3: hmacSHA256 really computes HMAC-SHA-256.
func TestRFC4231HMAC(t *testing.T) {
	const want = "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43"
	if got := hmacSHA256("Jefe", "what do ya want for nothing?"); got != want {
		t.Errorf("%x", got)
	}
}

// ASVS 6.5.3: every bit of a code is random: over many codes, every character is
// about equally frequent at each place.
func TestASVS653RecoveryCodesAreRandom(t *testing.T) {
	random := seeded{rand.New(rand.NewPCG(6, 53))}
	var seen [recoveryLength][256]int
	const rounds = 640
	for range rounds {
		codes, _, err := newRecovery(func(_, _ string) string { return strings.Repeat("m", keyBytes) }, random)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range codes {
			for i, r := range []byte(strings.ReplaceAll(c, "-", "")) {
				seen[i][r]++
			}
		}
	}
	const mean = rounds * recoveryCodes / 32 // 200, with a standard deviation of 14
	for i := range seen {
		for _, c := range []byte(crockford) {
			if n := seen[i][c]; n < mean-80 || n > mean+80 {
				t.Errorf("place %d has %q %d times, want about %d", i, c, n, mean)
			}
		}
	}
}
