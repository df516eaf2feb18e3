package sqlite_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
)

// The test binary is also the other processes of the tests: see children_test.go.
func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		os.Exit(runChild(role, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func openSQLite(t testing.TB, path string, options ...sqlite.Option) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, options...)
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

func newRing(t testing.TB) *keys.Ring {
	t.Helper()
	return keys.NewRing(filepath.Join(t.TempDir(), "keys"), rand.Reader)
}

// put stores a value under a new key.
func put(t testing.TB, s protocol.Storage, key, value string) protocol.Version {
	t.Helper()
	v, err := s.Swap(t.Context(), key, 0, []byte(value))
	if err != nil {
		t.Fatalf("Swap(%q): %v", key, err)
	}
	return v
}

func want(t testing.TB, s protocol.Storage, key, value string) {
	t.Helper()
	rec, err := s.Get(t.Context(), key)
	if err != nil || string(rec.Value) != value {
		t.Errorf("Get(%q) = %q, %v; want %q", key, rec.Value, err, value)
	}
}

func TestConformanceSQLite(t *testing.T) {
	conformance.Storage(t, func(t testing.TB) protocol.Storage { return newSQLite(t) })
}
