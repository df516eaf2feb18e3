package keys_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// The test binary is also the other processes of the tests: see children_test.go.
func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		os.Exit(runChild(role, os.Args[1:]))
	}
	if len(os.Args) == 4 && os.Args[1] == kmsRole {
		os.Exit(runKMS(os.Args[2], os.Args[3]))
	}
	os.Exit(m.Run())
}

func openSQLite(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newSQLite(t testing.TB) *sqlite.Store {
	t.Helper()
	return openSQLite(t, filepath.Join(t.TempDir(), "store.db"))
}

// put stores a value under a new key.
func put(t testing.TB, s protocol.Storage, key, value string) {
	t.Helper()
	if _, err := s.Swap(t.Context(), key, 0, []byte(value)); err != nil {
		t.Fatalf("Swap(%q): %v", key, err)
	}
}

func want(t testing.TB, s protocol.Storage, key, value string) {
	t.Helper()
	rec, err := s.Get(t.Context(), key)
	if err != nil || string(rec.Value) != value {
		t.Errorf("Get(%q) = %q, %v; want %q", key, rec.Value, err, value)
	}
}

// add adds 1 to a record.
func add(ctx context.Context, s protocol.Storage, key string) error {
	for {
		rec, err := s.Get(ctx, key)
		n := 0
		if err == nil {
			n, err = strconv.Atoi(string(rec.Value))
		}
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		if _, err = s.Swap(ctx, key, rec.Version, strconv.AppendInt(nil, int64(n)+1, 10)); !errors.Is(err, protocol.ErrConflict) {
			return err
		}
	}
}

// unopened checks that a record does not open, which is an internal error, and why.
func unopened(t testing.TB, s protocol.Storage, key, says string) {
	t.Helper()
	_, getErr := s.Get(t.Context(), key)
	_, listErr := s.List(t.Context(), key, "", 10)
	for name, err := range map[string]error{"Get": getErr, "List": listErr} {
		if err == nil || protocol.CodeOf(err) != protocol.CodeInternal || !strings.Contains(err.Error(), says) {
			t.Errorf("%s(%q): error is %v, want an internal one that says %q", name, key, err, says)
		}
	}
}
