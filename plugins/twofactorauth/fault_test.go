package twofactorauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func newFaulty(t testing.TB) (*sdktest.Host, *sdktest.Faulty, *sdktest.Clock) {
	f := sdktest.NewFaulty()
	h, clock := newHost(t, sdktest.WithStorage(func(string, string) sdk.Storage { return f }))
	return h, f, clock
}

// Every storage error means denied: an unknown outcome, a full or broken disk, a
// conflict with each try.
func TestS11S14StorageFaultsDeny(t *testing.T) {
	for _, c := range []struct {
		name      string
		get, swap error
		want      string
		swaps     int
	}{
		{"unknown", nil, sdk.ErrUnknown, "Whether the configuration was stored is not known.", 1},
		{"full", nil, sdk.ErrFull, "There is no space left", 1},
		{"full, wrapped", nil, fmt.Errorf("engine: %w", sdk.ErrFull), "There is no space left", 1},
		{"conflict for ever", nil, sdk.ErrConflict, "The configuration is being changed by others", 8},
		{"an error without a code", nil, errors.New("input/output error"), "Whether the configuration was stored is not known.", 1},
		{"the end of the call", nil, context.DeadlineExceeded, "Whether the configuration was stored is not known.", 1},
		{"not found by a Swap", nil, sdk.ErrNotFound, "Whether the configuration was stored is not known.", 1},
		{"unreadable", errors.New("input/output error"), nil, "The stored configuration cannot be read now", 0},
		{"unavailable", sdk.ErrUnavailable, nil, "The stored configuration cannot be read now", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, f, clock := newFaulty(t)
			set(h, secret, codeOf(t, secret, clock.Now())).OK()
			clock.Advance(period)
			f.GetErr, f.SwapErr, f.Swaps = c.get, c.swap, 0

			r := set(h, secret, codeOf(t, secret, clock.Now()))
			if r.Status != 0 || r.Data != nil || len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], "Failed to set user configuration: "+c.want) {
				t.Errorf("set: status %d, data %s, errors %q; want %q", r.Status, r.Data, r.Errors, c.want)
			}
			if strings.Contains(r.Errors[0], "input/output") || f.Swaps != c.swaps {
				t.Errorf("set: error %q after %d swaps, want %d", r.Errors[0], f.Swaps, c.swaps)
			}
			r = h.Call("remove_user_configuration", nil)
			if r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "Failed to remove user configuration: "+c.want) {
				t.Errorf("remove: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
			}
			if r := validate(h, codeOf(t, secret, clock.Now())); r.Status != 0 || verdictOf(r) != (verdict{}) ||
				!strings.HasPrefix(r.Errors[0], "Failed to validate the security code: "+c.want) {
				t.Errorf("validate: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
			}
			if r := validate(h, wrongOf(t, secret, clock.Now())); r.Status != 0 || verdictOf(r) != (verdict{}) ||
				!strings.HasPrefix(r.Errors[0], "Failed to validate the security code: "+c.want) {
				t.Errorf("a wrong code: status %d, data %s, errors %q: the guess was not counted", r.Status, r.Data, r.Errors)
			}
			if r := h.Call("generate_recovery_codes", nil); r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "Failed to generate recovery codes: "+c.want) {
				t.Errorf("recovery codes: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
			}
			if c.get != nil {
				if r := h.Call("get_user_configuration", nil); r.Status != 0 || r.Data != nil {
					t.Errorf("get: status %d, data %s: get must fail, because the state is not known", r.Status, r.Data)
				}
			}

			f.GetErr, f.SwapErr = nil, nil // recovers without a restart
			set(h, secret, codeOf(t, secret, clock.Now())).OK()
		})
	}
}

// A write with an unknown outcome that did happen has used up the code.
func TestS14UnknownButWritten(t *testing.T) {
	h, f, clock := newFaulty(t)
	f.SwapErr, f.Written = sdk.ErrUnknown, true
	code := codeOf(t, secret, clock.Now())
	if r := set(h, secret, code); r.Status != 0 {
		t.Error("accepted although the outcome of the write is unknown")
	}
	f.SwapErr = nil
	set(h, secret, code).Fails(invalid)
	clock.Advance(period)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
}

func TestTwoFactorDamagedRecordDenies(t *testing.T) {
	for _, value := range []string{"", "null", "{", `{"schema":3,"last_step":1}`, `{"schema":1,"last_step":-5}`, `{"last_step":5}`} {
		h, clock := newHost(t)
		if _, err := h.Storage().Swap(t.Context(), "configuration", 0, []byte(value)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*sdktest.Result{
			set(h, secret, codeOf(t, secret, clock.Now())), h.Call("get_user_configuration", nil), h.Call("remove_user_configuration", nil),
			h.Call("generate_recovery_codes", nil), validate(h, codeOf(t, secret, clock.Now())),
		} {
			if r.Status != 0 || !strings.Contains(r.Errors[0], "The stored configuration cannot be read; nothing was changed.") {
				t.Errorf("%s: status %d, errors %q", value, r.Status, r.Errors)
			}
		}
	}
}

// Errors while the administrator's settings are changed have the same texts.
func TestS14StorageFaultsOfTheSettings(t *testing.T) {
	h, f, _ := newFaulty(t)
	h.WHM1("twofactorauth_set_issuer", sdktest.Args{"issuer": "before"}).OK()
	for _, c := range []struct {
		get, swap error
		want      string
		swaps     int
	}{
		{nil, sdk.ErrUnknown, "Whether the configuration was stored is not known. See what is configured, then try again with a new security code.", 1},
		{nil, sdk.ErrFull, "There is no space left to store the configuration; nothing was changed.", 1},
		{nil, sdk.ErrConflict, "The configuration is being changed by others at the same time; nothing was changed. Try again with a new security code.", 8},
		{nil, errors.New("input/output error"), "Whether the configuration was stored is not known. See what is configured, then try again with a new security code.", 1},
		{sdk.ErrUnavailable, nil, "The stored configuration cannot be read now; nothing was changed. Try again later.", 0},
	} {
		f.GetErr, f.SwapErr, f.Swaps = c.get, c.swap, 0
		h.WHM1("twofactorauth_set_issuer", sdktest.Args{"issuer": "after"}).Fails(c.want)
		if f.Swaps != c.swaps {
			t.Errorf("%q after %d swaps, want %d", c.want, f.Swaps, c.swaps)
		}
	}
	f.GetErr, f.SwapErr = nil, nil
	h.WHM1("twofactorauth_get_issuer", nil).JSON(`{"issuer":"before"}`)
}

// When the administrator has turned the policy off, the response says so, even while
// the account's record cannot be read.
func TestTwoFactorPolicyComesBeforeFaults(t *testing.T) {
	f := sdktest.NewFaulty()
	h, clock := newHost(t, sdktest.WithStorage(func(_, account string) sdk.Storage {
		if account == "" { // the settings
			return sdktest.NewMemory()
		}
		return f
	}))
	h.WHM1("twofactorauth_disable_policy", nil).OK()
	f.GetErr = errors.New("input/output error")
	set(h, secret, codeOf(t, secret, clock.Now())).Fails("Failed to set user configuration: Two-factor authentication is turned off by the administrator.")
}
