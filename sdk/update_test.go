package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// add is an edit that appends a text to the value.
func add(text string) func(sdk.Record) ([]byte, error) {
	return func(r sdk.Record) ([]byte, error) { return append(r.Value, text...), nil }
}

func TestUpdate(t *testing.T) {
	s := sdktest.NewFaulty()
	put := func(text string) func(sdk.Record) ([]byte, error) {
		return func(sdk.Record) ([]byte, error) { return []byte(text), nil }
	}
	remove := func(sdk.Record) ([]byte, error) { return nil, nil }
	leave := func(sdk.Record) ([]byte, error) {
		return []byte("lost"), fmt.Errorf("nothing to do: %w", sdk.ErrUnchanged)
	}
	const none = "(none)"
	for i, step := range []struct {
		edit  func(sdk.Record) ([]byte, error)
		want  string // what is then stored
		swaps int
	}{
		{leave, none, 0},
		{remove, none, 0},
		{func(r sdk.Record) ([]byte, error) {
			if r.Key != "k" || r.Version != 0 || r.Value != nil {
				t.Errorf("no record is %+v", r)
			}
			return []byte("one"), nil
		}, "one", 1},
		{add(" two"), "one two", 1},
		{leave, "one two", 0},
		{put(""), "", 1},
		{remove, none, 1},
		{put("again"), "again", 1},
	} {
		s.Swaps = 0
		err := sdk.Update(t.Context(), s, "k", 1, step.edit)
		got := none
		if r, err := s.Get(t.Context(), "k"); err == nil {
			got = string(r.Value)
		}
		if err != nil || got != step.want || s.Swaps != step.swaps {
			t.Errorf("step %d: %v, %q after %d swaps; want %q after %d", i, err, got, s.Swaps, step.want, step.swaps)
		}
	}
}

// An error of edit is returned unchanged, and nothing is written.
func TestUpdateOfAnEditThatFails(t *testing.T) {
	s := sdktest.NewFaulty()
	for _, want := range []error{sdk.Errorf(sdk.Denied, "No."), errors.New("a fault"), sdk.ErrConflict} {
		if err := sdk.Update(t.Context(), s, "k", 3, func(sdk.Record) ([]byte, error) { return []byte("x"), want }); err != want || s.Swaps != 0 {
			t.Errorf("%v after %d swaps, want %v itself", err, s.Swaps, want)
		}
	}
}

// An error of the storage becomes one that says whether the record changed.
func TestUpdateFaults(t *testing.T) {
	disk := errors.New("disk on fire")
	for name, c := range map[string]struct {
		get, swap error
		code      sdk.Code
		text      string
		swaps     int
	}{
		"unread":            {disk, nil, sdk.Unavailable, "What is stored cannot be read now; nothing was changed. Try again later.", 0},
		"unread, unknown":   {sdk.ErrUnknown, nil, sdk.Unavailable, "What is stored cannot be read now; nothing was changed. Try again later.", 0},
		"conflicts":         {nil, sdk.ErrConflict, sdk.Conflict, "What is stored is being changed by others at the same time; nothing was changed. Try again.", 5},
		"full":              {nil, fmt.Errorf("engine: %w", sdk.ErrFull), sdk.Full, "There is no space left to store this; nothing was changed.", 1},
		"unknown":           {nil, sdk.ErrUnknown, sdk.Unknown, "Whether this was stored is not known: look what is stored, and try again.", 1},
		"any other":         {nil, disk, sdk.Unavailable, "This cannot be stored now; nothing was changed. Try again later.", 1},
		"gone, says a Swap": {nil, sdk.ErrNotFound, sdk.Unavailable, "This cannot be stored now; nothing was changed. Try again later.", 1},
	} {
		s := sdktest.NewFaulty()
		s.GetErr, s.SwapErr = c.get, c.swap
		err := sdk.Update(t.Context(), s, "k", 5, add("x"))
		failed, ok := errors.AsType[*sdk.UpdateError](err)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cause := c.swap
		if c.get != nil {
			cause = c.get
		}
		if failed.Reading != (c.get != nil) || failed.Err != cause || !errors.Is(err, cause) || s.Swaps != c.swaps {
			t.Errorf("%s: %+v after %d swaps, want %d", name, failed, s.Swaps, c.swaps)
		}
		coded, ok := errors.AsType[*sdk.Error](err)
		if !ok || coded.Code != c.code || coded.Text != c.text || !strings.HasPrefix(err.Error(), strings.TrimSuffix(c.text, ".")) {
			t.Errorf("%s: %v (%v), want %q (%v)", name, err, coded.Code, c.text, c.code)
		}
	}
}

// A caller gets the text of an UpdateError that a function returns unchanged.
func TestUpdateErrorReachesTheCaller(t *testing.T) {
	m := &sdk.Module{Name: "Notes", Doc: "Keeps notes.", Version: "1", Functions: []sdk.Function{
		sdk.Func("add", "Adds.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
			return sdk.None{}, sdk.Update(ctx, call.Storage(), "k", 1, add("x"))
		}),
	}}
	s := sdktest.NewFaulty()
	h := sdktest.New(t, m, sdktest.WithStorage(func(string, string) sdk.Storage { return s }))
	h.Call("add", nil).OK()
	s.SwapErr = errors.New("disk on fire")
	h.Call("add", nil).Fails("This cannot be stored now; nothing was changed. Try again later.")
	if !strings.Contains(h.Log(), "disk on fire") {
		t.Errorf("the log does not say why:\n%s", h.Log())
	}
}

// meddler changes the record before each of the first swaps.
type meddler struct {
	sdk.Storage
	changes []func(sdk.Storage)
}

func (m *meddler) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	if len(m.changes) > 0 {
		m.changes[0](m.Storage)
		m.changes = m.changes[1:]
	}
	return m.Storage.Swap(ctx, key, old, value)
}

// Each try gets the present record: changed, deleted, created again.
func TestUpdateStartsAgain(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	change := func(edit func(sdk.Record) ([]byte, error)) func(sdk.Storage) {
		return func(s sdk.Storage) { must(sdk.Update(t.Context(), s, "k", 1, edit)) }
	}
	remove := func(sdk.Record) ([]byte, error) { return nil, nil }
	m := &meddler{Storage: sdktest.NewMemory()}
	must(sdk.Update(t.Context(), m, "k", 1, add("a")))
	m.changes = []func(sdk.Storage){change(add("b")), change(remove), change(add("c"))}
	var seen []string
	must(sdk.Update(t.Context(), m, "k", 4, func(r sdk.Record) ([]byte, error) {
		seen = append(seen, fmt.Sprintf("%s %t", r.Value, r.Version != 0))
		return append(r.Value, '!'), nil
	}))
	r, err := m.Get(t.Context(), "k")
	if got := strings.Join(seen, ", "); err != nil || string(r.Value) != "c!" || got != "a true, ab true,  false, c true" {
		t.Errorf("%s, %v; edit saw %s", r.Value, err, got)
	}
}

// A write with an unknown outcome is not repeated: it may have happened.
func TestUpdateWithUnknownOutcome(t *testing.T) {
	s := sdktest.NewFaulty()
	s.SwapErr, s.Written = sdk.ErrUnknown, true
	err := sdk.Update(t.Context(), s, "k", 8, add("x"))
	if r, getErr := s.Get(t.Context(), "k"); !errors.Is(err, sdk.ErrUnknown) || getErr != nil || string(r.Value) != "x" || s.Swaps != 1 {
		t.Errorf("%v, %q, %v after %d swaps", err, r.Value, getErr, s.Swaps)
	}
}

// The storage fails when the call ends; this ends Update.
func TestUpdateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &meddler{Storage: sdktest.NewMemory()}
	m.changes = []func(sdk.Storage){func(s sdk.Storage) {
		if _, err := s.Swap(t.Context(), "k", 0, []byte("other")); err != nil {
			t.Error(err)
		}
		cancel()
	}}
	err := sdk.Update(ctx, m, "k", 1<<30, add("x"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// As many tries as there are writers are enough: every conflict means that another
// writer has finished.
func TestUpdateLosesNothing(t *testing.T) {
	s := sdktest.NewMemory()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := sdk.Update(t.Context(), s, "k", 16, add("x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if r, err := s.Get(t.Context(), "k"); err != nil || len(r.Value) != 16 {
		t.Errorf("%q, %v", r.Value, err)
	}
}
