package twofactorauth_test

import (
	"testing"
	"time"

	"liveapi.host/sdk/sdktest"
)

func newStrict(t testing.TB) (*sdktest.Host, *sdktest.Clock) {
	t.Helper()
	clock := sdktest.NewClock(noon)
	return sdktest.New(t, fromEnv(t, map[string]string{"TFA_PROFILE": "strict"}), sdktest.WithClock(clock.Now)), clock
}

func issued(h *sdktest.Host) string {
	var made struct{ Secret string }
	h.Call("generate_user_configuration", nil).Decode(&made)
	return made.Secret
}

const setFailed = "Failed to set user configuration: "

// A secret that was not issued to the account is not enrolled.
func TestRFC4226Section4OnlyIssuedSecrets(t *testing.T) {
	const notIssued = setFailed + "The secret was not issued to this account within the last ten minutes. Call generate_user_configuration for a new one."
	h, clock := newStrict(t)
	set(h, secret, codeOf(t, secret, noon)).Fails(notIssued)
	first := issued(h)
	mine := issued(h) // the last one counts
	if len(mine) != 32 {
		t.Errorf("%d characters, want 32", len(mine))
	}
	set(h, first, codeOf(t, first, noon)).Fails(notIssued)
	bob := h.As("bob")
	set(bob, mine, codeOf(t, mine, noon)).Fails(notIssued)
	set(h, mine, wrongOf(t, mine, noon)).Fails(invalid) // and may be tried again
	clock.Advance(5 * time.Minute)
	set(h, mine, codeOf(t, mine, clock.Now())).JSON(`{"tfa_configured":1}`)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codeOf(t, mine, clock.Now().Add(period))}).
		Fails("Failed to remove user configuration: The security code is invalid.")
		// no window
	clock.Advance(period)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codeOf(t, mine, clock.Now())}).OK()
	clock.Advance(period)
	set(h, mine, codeOf(t, mine, clock.Now())).Fails(notIssued) // used once

	intime := issued(h)
	clock.Advance(10 * time.Minute)
	set(h, intime, codeOf(t, intime, clock.Now())).OK()
	clock.Advance(period)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codeOf(t, intime, clock.Now())}).OK()
	late := issued(h)
	clock.Advance(10*time.Minute + time.Second)
	set(h, late, codeOf(t, late, clock.Now())).Fails(notIssued)
	early := issued(h)
	clock.Advance(-2 * time.Minute) // issued in the future
	set(h, early, codeOf(t, early, clock.Now())).Fails(notIssued)
}

func TestS24ASVS751ChangesNeedACode(t *testing.T) {
	const needs = "Two-factor authentication is on: a change needs a security code or a recovery code in the parameter "
	h, clock := newStrict(t)
	mine := issued(h)
	set(h, mine, codeOf(t, mine, noon)).OK()
	clock.Advance(period)
	now := func(secret string) string { return codeOf(t, secret, clock.Now()) }
	both := func(secret, token, current string) *sdktest.Result {
		return h.Call("set_user_configuration", sdktest.Args{"secret": secret, "tfa_token": token, "current_tfa_token": current})
	}
	h.Call("remove_user_configuration", nil).Fails("Failed to remove user configuration: " + needs + "“tfa_token”.")
	h.Call("generate_recovery_codes", nil).Fails("Failed to generate recovery codes: " + needs + "“tfa_token”.")
	next := issued(h)
	set(h, next, now(next)).Fails(setFailed + needs + "“current_tfa_token”.")
	both(next, now(next), "").Fails(setFailed + needs + "“current_tfa_token”.")

	// Three failures, none of which uses up a code.
	both(next, wrongOf(t, next, noon), now(mine)).Fails(invalid)
	both(next, now(next), wrongOf(t, mine, noon)).Fails(invalid)
	both(next, now(next), codeOf(t, mine, noon)).Fails(invalid) // used by the first set
	both(next, now(next), "no code").Fails(invalid)
	both(next, now(next), now(mine)).JSON(`{"tfa_configured":1}`)
	validate(h, now(next)).JSON(`{"method":"","retry_after":0,"valid":0}`) // both are used up
	clock.Advance(period)
	validate(h, now(mine)).JSON(`{"method":"","retry_after":0,"valid":0}`)
	validate(h, now(next)).JSON(`{"method":"totp","retry_after":0,"valid":1}`)

	clock.Advance(period)
	codes := recoveryCodesOf(h, sdktest.Args{"tfa_token": now(next)})
	more := recoveryCodesOf(h, sdktest.Args{"tfa_token": codes[0]})
	h.Call("generate_recovery_codes", sdktest.Args{"tfa_token": codes[1]}).Fails("Failed to generate recovery codes: The security code is invalid.")
	clock.Advance(period)
	third := issued(h)
	both(third, now(third), more[0]).JSON(`{"tfa_configured":1}`)
	clock.Advance(period)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": now(third)}).JSON(`{"tfa_removed":1}`)
}

// NIST SP 800-63B-4 section 3.2.2, with the bound of the profile.
func TestStrictLocksAfterTen(t *testing.T) {
	h, clock := newStrict(t)
	for i := range 10 {
		if r := validate(h, "000000"); r.Status != 1 {
			t.Fatalf("guess %d: %q", i+1, r.Errors)
		}
		clock.Advance(time.Hour)
	}
	validate(h, "000000").Fails(validateFailed + lockedText)
}
