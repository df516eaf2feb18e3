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

// faulty is a storage whose Get and Swap fail when an error is set.
type faulty struct {
	sdk.Storage
	get, swap error
	written   bool // Swap writes all the same, and then fails
	swaps     int
}

func (f *faulty) Get(ctx context.Context, key string) (sdk.Record, error) {
	if f.get != nil {
		return sdk.Record{}, f.get
	}
	return f.Storage.Get(ctx, key)
}

func (f *faulty) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	f.swaps++
	if f.swap == nil || f.written {
		if v, err := f.Storage.Swap(ctx, key, old, value); err != nil || f.swap == nil {
			return v, err
		}
	}
	return 0, f.swap
}

func newFaulty(t testing.TB) (*sdktest.Host, *faulty, *sdktest.Clock) {
	f := &faulty{Storage: sdktest.NewMemory()}
	h, clock := newHost(t, sdktest.WithStorage(func(string, string) sdk.Storage { return f }))
	return h, f, clock
}

// two-factor.md: the outcome is not known, the disk is full or fails: deny.
func TestTwoFactorStorageFaultsDeny(t *testing.T) {
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
			f.get, f.swap, f.swaps = c.get, c.swap, 0

			r := set(h, secret, codeOf(t, secret, clock.Now()))
			if r.Status != 0 || r.Data != nil || len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], "Failed to set user configuration: "+c.want) {
				t.Errorf("set: status %d, data %s, errors %q; want %q", r.Status, r.Data, r.Errors, c.want)
			}
			if strings.Contains(r.Errors[0], "input/output") || f.swaps != c.swaps {
				t.Errorf("set: error %q after %d swaps, want %d", r.Errors[0], f.swaps, c.swaps)
			}
			r = h.Call("remove_user_configuration", nil)
			if r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "Failed to remove user configuration: "+c.want) {
				t.Errorf("remove: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
			}
			if c.get != nil {
				if r := h.Call("get_user_configuration", nil); r.Status != 0 || r.Data != nil {
					t.Errorf("get: status %d, data %s: that it is off is not known", r.Status, r.Data)
				}
			}

			f.get, f.swap = nil, nil // recovers without a restart
			set(h, secret, codeOf(t, secret, clock.Now())).OK()
		})
	}
}

// A write whose outcome was not known and that did happen has used up the code.
func TestTwoFactorUnknownButWritten(t *testing.T) {
	h, f, clock := newFaulty(t)
	f.swap, f.written = sdk.ErrUnknown, true
	code := codeOf(t, secret, clock.Now())
	if r := set(h, secret, code); r.Status != 0 {
		t.Error("accepted without knowing")
	}
	f.swap = nil
	set(h, secret, code).Fails(invalid)
	clock.Advance(period)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
}

func TestTwoFactorDamagedRecordDenies(t *testing.T) {
	for _, value := range []string{"", "null", "{", `{"schema":2,"last_step":1}`, `{"schema":1,"last_step":-5}`, `{"last_step":5}`} {
		h, clock := newHost(t)
		if _, err := h.Storage().Swap(t.Context(), "configuration", 0, []byte(value)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*sdktest.Result{
			set(h, secret, codeOf(t, secret, clock.Now())), h.Call("get_user_configuration", nil), h.Call("remove_user_configuration", nil),
		} {
			if r.Status != 0 || !strings.Contains(r.Errors[0], "The stored configuration cannot be read; nothing was changed.") {
				t.Errorf("%s: status %d, errors %q", value, r.Status, r.Errors)
			}
		}
	}
}

// No secret, code or otpauth text in a log or an error, whatever happens.
func TestTwoFactorCanary(t *testing.T) {
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
	attempt(made.Secret, "84560\u00a03")
	clock.Advance(period)
	for _, err := range []error{sdk.ErrUnknown, sdk.ErrFull, sdk.ErrConflict, errors.New("input/output error")} {
		f.swap = err
		attempt(made.Secret, codeOf(t, made.Secret, clock.Now()))
		keep(h.Call("remove_user_configuration", nil))
	}
	f.swap = nil
	keep(h.CallJSON("set_user_configuration", `{"secret":["CANARY"],"tfa_token":{"CANARY":1}}`))
	keep(h.CallJSON("set_user_configuration", `{"secret":"CANARY","tfa_token":["CANARY"]}`))
	keep(h.CallJSON("set_user_configuration", `{"secret":"CANARY","secret":`))
	clock.Advance(-100 * period)
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now())) // the clock is behind
	if err := replace(t.Context(), h.Storage(), `{"schema":1,"secret":"CANARY","last_step":"CANARY"}`); err != nil {
		t.Fatal(err)
	}
	attempt(made.Secret, codeOf(t, made.Secret, clock.Now()))

	said.WriteString(h.Log())
	for _, c := range canaries {
		if strings.Contains(said.String(), c) {
			t.Errorf("%q shows in:\n%s", c, said.String())
		}
	}
	if !strings.Contains(h.Log(), "replay") || !strings.Contains(h.Log(), "ALARM") {
		t.Error("the log lacks the replay or the alarm: the test has not seen them")
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
