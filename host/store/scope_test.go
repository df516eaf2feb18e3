package store_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// recorder is a storage without records that notes the keys of its calls.
type recorder struct {
	mu                     sync.Mutex
	keys, prefixes, afters []string
}

func (r *recorder) Get(_ context.Context, key string) (protocol.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, key)
	return protocol.Record{}, protocol.ErrNotFound
}

func (r *recorder) Swap(_ context.Context, key string, _ protocol.Version, _ []byte) (protocol.Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, key)
	return 1, nil
}

func (r *recorder) List(_ context.Context, prefix, after string, _ int) ([]protocol.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prefixes, r.afters = append(r.prefixes, prefix), append(r.afters, after)
	return nil, nil
}

func TestScopesDoNotMeet(t *testing.T) {
	engine := newSQLite(t)
	views := map[string]protocol.Storage{}
	for _, module := range []string{"A", "AB", "B"} {
		for _, account := range []string{"a", "ab", "b", "A", "..", "a b", "ä", "%", "_"} {
			views[module+"/"+account] = store.Scope(engine, module, account)
		}
	}
	for name, view := range views {
		put(t, view, "x", name)
		put(t, view, "x/y", name)
	}
	for name, view := range views {
		want(t, view, "x", name)
		recs, err := view.List(t.Context(), "", "", 100)
		if err != nil || len(recs) != 2 || recs[0].Key != "x" || recs[1].Key != "x/y" || string(recs[0].Value) != name {
			t.Errorf("%s lists %v, %v", name, recs, err)
		}
		if _, err := view.Get(t.Context(), "../b/x"); !errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("%s reaches another: %v", name, err)
		}
	}
}

func TestScopeRefusesNames(t *testing.T) {
	long := strings.Repeat("a", protocol.MaxAccount)
	tests := []struct {
		module, account string
		good            bool
	}{
		{"TwoFactorAuth", "ann", true}, {"cPAddons", "a.b-c_d@example.com", true}, {"M", long, true}, {"M", "ünï", true}, {"M", "..", true},
		{"M", "", false}, {"M", "/", false}, {"M", "a/b", false}, {"M", "a/", false}, {"M", "a\x00", false}, {"M", "a\n", false},
		{"M", "\x7f", false}, {"M", "\u0085", false}, {"M", "\xff", false}, {"M", long + "a", false},
		{"", "ann", false}, {"m", "ann", false}, {"M/x", "ann", false}, {"M\n", "ann", false}, {strings.Repeat("M", 65), "ann", false},
	}
	for _, test := range tests {
		inner := &recorder{}
		s := store.Scope(inner, test.module, test.account)
		_, getErr := s.Get(t.Context(), "x")
		_, swapErr := s.Swap(t.Context(), "x", 0, []byte("x"))
		_, listErr := s.List(t.Context(), "", "", 1)
		if test.good {
			if !errors.Is(getErr, protocol.ErrNotFound) || swapErr != nil || listErr != nil {
				t.Errorf("Scope(%q, %q): %v, %v, %v", test.module, test.account, getErr, swapErr, listErr)
			}
			continue
		}
		for _, err := range []error{getErr, swapErr, listErr} {
			if protocol.CodeOf(err) != protocol.CodeInvalid || err == nil {
				t.Errorf("Scope(%q, %q): error is %v, want that the name is invalid", test.module, test.account, err)
			}
		}
		if len(inner.keys)+len(inner.prefixes) > 0 {
			t.Errorf("Scope(%q, %q) reached %v %v", test.module, test.account, inner.keys, inner.prefixes)
		}
	}
}

// wrong returns a list with a record outside the prefix.
type wrong struct{ recorder }

func (w *wrong) List(context.Context, string, string, int) ([]protocol.Record, error) {
	return []protocol.Record{{Key: "M/bob/x", Version: 1, Value: []byte(canary)}}, nil
}

func TestScopeTrustsNoList(t *testing.T) {
	recs, err := store.Scope(&wrong{}, "M", "ann").List(t.Context(), "", "", 10)
	if err == nil || len(recs) > 0 || strings.Contains(err.Error(), canary) {
		t.Errorf("List: %v, %v", recs, err)
	}
}

// FuzzScope checks that the key in inner can be split into the module, the account and
// the name in one way only, so that two views never share a record.
func FuzzScope(f *testing.F) {
	const seeds = "testdata/fuzz/FuzzScope"
	if files, err := os.ReadDir(seeds); err != nil || len(files) == 0 {
		f.Fatalf("there are no seeds in %s: %v", seeds, err)
	}
	f.Fuzz(func(t *testing.T, module, account, name, prefix, after string) {
		inner := &recorder{}
		s := store.Scope(inner, module, account)
		_, getErr := s.Get(t.Context(), name)
		_, swapErr := s.Swap(t.Context(), name, 0, []byte{})
		_, _ = s.List(t.Context(), prefix, after, 1)
		if (swapErr == nil) != errors.Is(getErr, protocol.ErrNotFound) || (swapErr == nil) != (len(inner.keys) == 2) {
			t.Errorf("Get and Swap differ: %v, %v, %v", getErr, swapErr, inner.keys)
		}
		for _, key := range inner.keys {
			part := strings.SplitN(key, "/", 3)
			if len(part) != 3 || part[0] != module || part[1] != account || part[2] != name || name == "" {
				t.Errorf("%q, %q, %q became %q", module, account, name, key)
			}
		}
		for i := range inner.prefixes {
			view := module + "/" + account + "/"
			if inner.prefixes[i] != view+prefix || inner.afters[i] != view+after || strings.Count(view, "/") != 2 {
				t.Errorf("List of %q, %q became %q, %q", prefix, after, inner.prefixes[i], inner.afters[i])
			}
		}
	})
}
