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

// The outcome is not known, the disk is full or fails, another change always comes
// between: deny.
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
			if r := validate(h, codeOf(t, secret, clock.Now())); r.Status != 0 || verdictOf(r) != (verdict{}) || !strings.HasPrefix(r.Errors[0], "Failed to validate the security code: "+c.want) {
				t.Errorf("validate: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
			}
			if r := validate(h, wrongOf(t, secret, clock.Now())); r.Status != 0 || verdictOf(r) != (verdict{}) || !strings.HasPrefix(r.Errors[0], "Failed to validate the security code: "+c.want) {
				t.Errorf("a wrong code: status %d, data %s, errors %q: a guess that is not counted", r.Status, r.Data, r.Errors)
			}
			if r := h.Call("generate_recovery_codes", nil); r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "Failed to generate recovery codes: "+c.want) {
				t.Errorf("recovery codes: status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
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
func TestS14UnknownButWritten(t *testing.T) {
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
