package twofactorauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// No log and no error has a secret, a code or an otpauth URI, whatever happens.
func TestS19Canary(t *testing.T) {
	h, f, clock := newFaulty(t)
	var said strings.Builder
	canaries := []string{"otpauth://", "CANARY"}
	keep := func(r *sdktest.Result) {
		fmt.Fprintln(&said, r.Errors, r.Warnings, r.Messages, r.Metadata, r.Err)
	}
	attempt := func(secret, code string) {
		canaries = append(canaries, secret, code)
		keep(set(h, secret, code))
	}
	var made struct{ Secret string }
	h.Call("generate_user_configuration", nil).Decode(&made)
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now())) // accepted
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now())) // a replay
	attempt(made.Secret, codeOf(t, secret, clock.Now()))      // wrong
	attempt("CANARY7", "845601")
	attempt("CANARYCANARYCANARYCANARY!", "845602")
	attempt(made.Secret, "CANARY")
	check := func(token string) {
		canaries = append(canaries, token)
		keep(validate(h, token))
	}
	drawn := h.Call("get_qr_code", sdktest.Args{"secret": made.Secret, "format": "text"}).OK()
	canaries = append(canaries, "█▀")
	drawn.Data = nil
	keep(drawn)
	keep(h.Call("get_qr_code", sdktest.Args{"secret": "CANARY"}))
	codes := recoveryCodesOf(h, nil)
	check(codes[0])                  // accepted
	check("84567-canar")             // wrong
	check(strings.ToUpper(codes[1])) // accepted
	check(codes[0])                  // used
	for _, c := range codes {
		canaries = append(canaries, strings.ReplaceAll(c, "-", ""))
	}
	for range 6 { // and throttled
		check("845604")
	}
	keep(h.Call("remove_user_configuration", sdktest.Args{"tfa_token": "845605"}))
	keep(h.Call("generate_recovery_codes", sdktest.Args{"tfa_token": "845606"}))
	canaries = append(canaries, "845605", "845606")
	clock.Advance(3600 * time.Second)
	attempt(made.Secret, "84560\u00a03")
	clock.Advance(period)
	for _, err := range []error{sdk.ErrUnknown, sdk.ErrFull, sdk.ErrConflict, errors.New("input/output error")} {
		f.SwapErr = err
		attempt(made.Secret, codeOf(t, made.Secret, clock.Now()))
		keep(h.Call("remove_user_configuration", nil))
		check(codeOf(t, made.Secret, clock.Now()))
		check(codes[2])
	}
	f.SwapErr = nil
	keep(h.CallJSON("set_user_configuration", `{"secret":["CANARY"],"tfa_token":{"CANARY":1}}`))
	keep(h.CallJSON("set_user_configuration", `{"secret":"CANARY","tfa_token":["CANARY"]}`))
	keep(h.CallJSON("set_user_configuration", `{"secret":"CANARY","secret":`))
	clock.Advance(-300 * period)
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now())) // the clock is behind
	if err := replace(t.Context(), h.Storage(), `{"schema":1,"secret":"CANARY","last_step":"CANARY"}`); err != nil {
		t.Fatal(err)
	}
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now()))

	said.WriteString(h.Log())
	for _, c := range canaries {
		if strings.Contains(said.String(), c) {
			t.Errorf("%q is in:\n%s", c, said.String())
		}
	}
	for _, event := range []string{"replay: ", "ALARM: ", "a wrong security code", "a recovery code was used", "was not checked"} {
		if !strings.Contains(h.Log(), event) {
			t.Errorf("the log lacks %q: the test did not cause this event", event)
		}
	}
}

func replace(ctx context.Context, s sdk.Storage, value string) error {
	r, err := s.Get(ctx, "configuration")
	if err != nil {
		return err
	}
	_, err = s.Swap(ctx, r.Key, r.Version, []byte(value))
	return err
}
