package sdktest_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

type key struct {
	Key   string `json:"key" doc:"Its name." required:"true"`
	Value string `json:"value" doc:"Its value."`
}

var notes = &sdk.Module{Name: "Notes", Doc: "Keeps notes.", Version: "1", Functions: []sdk.Function{
	sdk.Func("set", "Keeps a note.", func(ctx context.Context, call *sdk.Call, in key) (sdk.None, error) {
		var old sdk.Version
		switch r, err := call.Storage().Get(ctx, in.Key); {
		case err == nil:
			old = r.Version
		case !errors.Is(err, sdk.ErrNotFound):
			return sdk.None{}, err
		}
		_, err := call.Storage().Swap(ctx, in.Key, old, []byte(in.Value))
		return sdk.None{}, err
	}),
	sdk.Func("get", "Returns a note.", func(ctx context.Context, call *sdk.Call, in key) (string, error) {
		r, err := call.Storage().Get(ctx, in.Key)
		return string(r.Value), err
	}),
	sdk.Func("now", "Tells the time.", func(_ context.Context, call *sdk.Call, _ sdk.None) (string, error) {
		return call.Now().UTC().Format(time.RFC3339Nano), nil
	}),
	sdk.Func("process", "Returns the number of its process.", func(_ context.Context, call *sdk.Call, _ sdk.None) (int, error) {
		call.Log().Warn("asked for the process", "who", call.Account)
		return os.Getpid(), nil
	}),
	sdk.Func("other", "Asks another module.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (string, error) {
		r, err := call.Invoke(ctx, "Echo", "account", nil)
		if err != nil {
			return "", err
		}
		return string(r.Data), nil
	}),
	sdk.Func("panic", "Panics.", func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) { panic("on purpose") }),
}}

var echo = &sdk.Module{Name: "Echo", Doc: "Echoes.", Version: "1", Functions: []sdk.Function{
	sdk.Func(
		"account",
		"Returns the account.",
		func(_ context.Context, call *sdk.Call, _ sdk.None) (string, error) { return call.Account, nil },
	),
}}

func TestMain(m *testing.M) { sdktest.Main(m, notes, echo) }

// Both kinds of host behave in the same way.
func TestHosts(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host{"New": sdktest.New, "Pipe": sdktest.Pipe} {
		t.Run(name, func(t *testing.T) {
			clock := sdktest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC))
			h := start(t, notes, sdktest.WithClock(clock.Now), sdktest.WithModules(echo), sdktest.WithAccount("bob"))
			h.Call("set", sdktest.Args{"key": "a", "value": "one"}).JSON("null")
			h.Call("set", sdktest.Args{"key": "a", "value": "two"}).OK()
			h.Call("get", sdktest.Args{"key": "a"}).JSON(`"two"`)
			h.Call("get", sdktest.Args{"key": "b"}).Fails("not found")
			h.As("carol").Call("get", sdktest.Args{"key": "a"}).Fails("not found")
			if r, err := h.Storage().Get(t.Context(), "a"); err != nil || string(r.Value) != "two" {
				t.Errorf("storage: %v, %v", r, err)
			}

			h.Call("now", nil).JSON(`"2026-01-02T03:04:05.000000006Z"`)
			clock.Advance(-time.Hour)
			h.Call("now", nil).JSON(`"2026-01-02T02:04:05.000000006Z"`)
			clock.Set(time.Unix(0, 0))
			h.Call("now", nil).JSON(`"1970-01-01T00:00:00Z"`)

			var pid int
			h.Call("process", nil).Decode(&pid)
			if (pid == os.Getpid()) != (name == "New") {
				t.Errorf("process %d of %d", pid, os.Getpid())
			}
			h.Call("other", nil).JSON(`"\"bob\""`)
			if r := h.Call("panic", nil); r.Status != 0 || !strings.HasPrefix(r.Errors[0], "An internal error occurred (id 00000001-") {
				t.Errorf("a panic is %q", r.Errors)
			}
			h.CallJSON("get", `[]`).Fails("The parameter “key” is required.")
			h.Call("none", nil).Fails("The system could not find the function “none” in the module “Notes”.")

			var all sync.WaitGroup
			for range 32 {
				all.Go(func() { h.Call("get", sdktest.Args{"key": "a"}).JSON(`"two"`) })
			}
			all.Wait()
		})
	}
}

func TestLogOfBoth(t *testing.T) {
	h := sdktest.New(t, notes)
	h.Call("process", nil).OK()
	if !strings.Contains(h.Log(), "asked for the process") || !strings.Contains(h.Log(), "who=alice") {
		t.Errorf("log: %q", h.Log())
	}
}

func TestFaultyStorage(t *testing.T) {
	faulty := sdktest.NewFaulty()
	h := sdktest.New(t, notes, sdktest.WithStorage(func(module, account string) sdk.Storage {
		if module != "Notes" || account != "alice" {
			t.Errorf("a storage for %s, %s", module, account)
		}
		return faulty
	}))
	h.Call("set", sdktest.Args{"key": "a", "value": "one"}).OK()
	faulty.SwapErr = sdk.ErrFull
	h.Call("set", sdktest.Args{"key": "a", "value": "two"}).Fails("no space left to store this")
	h.Call("get", sdktest.Args{"key": "a"}).JSON(`"one"`)
	faulty.SwapErr, faulty.Written = sdk.ErrUnknown, true
	h.Call("set", sdktest.Args{"key": "a", "value": "two"}).Fails("whether this took effect is not known")
	h.Call("get", sdktest.Args{"key": "a"}).JSON(`"two"`)
	faulty.GetErr = sdk.ErrUnavailable
	h.Call("get", sdktest.Args{"key": "a"}).Fails("not available now")
	if faulty.Swaps != 3 {
		t.Errorf("%d swaps, want 3", faulty.Swaps)
	}
}

func TestMemoryConforms(t *testing.T) {
	open := func(testing.TB) protocol.Storage { return sdktest.NewMemory() }
	conformance.Storage(t, open)
	conformance.StorageBounds(t, open)
}

// record records failures in place of a test.
type record struct {
	testing.TB
	failures int
}

func (r *record) Errorf(string, ...any) { r.failures++ }

// An assertion that does not hold must fail the test.
func TestResultFails(t *testing.T) {
	for name, check := range map[string]func(*sdktest.Host){
		"OK":            func(h *sdktest.Host) { h.Call("get", nil).OK() },
		"JSON":          func(h *sdktest.Host) { h.Call("now", nil).JSON(`"never"`) },
		"JSON, failed":  func(h *sdktest.Host) { h.Call("get", nil).JSON(`null`) },
		"JSON, no JSON": func(h *sdktest.Host) { h.Call("now", nil).JSON(`{`) },
		"Decode":        func(h *sdktest.Host) { h.Call("now", nil).Decode(new(int)) },
		"Fails":         func(h *sdktest.Host) { h.Call("get", nil).Fails("The parameter") },
		"Fails, OK":     func(h *sdktest.Host) { h.Call("now", nil).Fails("") },
		"arguments":     func(h *sdktest.Host) { h.Call("now", sdktest.Args{"a": make(chan int)}) },
	} {
		r := &record{TB: t}
		check(sdktest.New(r, notes))
		if r.failures == 0 {
			t.Errorf("%s: did not fail", name)
		}
	}
}
