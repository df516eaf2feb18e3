package etcd_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

func newRing(t testing.TB) *keys.Ring {
	t.Helper()
	return keys.NewRing(filepath.Join(t.TempDir(), "keys"), rand.Reader)
}

// openSQLite opens the other engine, whose histories are checked in the same way.
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
