package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// storedRecord has the parts of a record of the module TwoFactorAuth that these tests
// read.
type storedRecord struct {
	Secret   string `json:"secret"`
	LastStep int64  `json:"last_step"`
	Fails    int64  `json:"fails"`
}

// records returns the module's records in a state folder.
func records(t testing.TB, state string) (all protocol.Storage, end func() error) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(state, "liveapi.db"))
	if err != nil {
		t.Fatal(err)
	}
	return store.Sealed(engine, keys.NewRing(filepath.Join(state, "liveapi.key"), rand.Reader)), engine.Close
}

// configure writes a record with a second factor without a used code, without the
// host: so both the present code and the next are valid for at least 30 s.
func configure(t testing.TB, state, name, secret string) {
	t.Helper()
	all, end := records(t, state)
	defer end()
	value := fmt.Appendf(nil, `{"schema":2,"secret":"%s","last_step":1}`, secret)
	if _, err := store.Scope(all, "TwoFactorAuth", name).Swap(t.Context(), "configuration", 0, value); err != nil {
		t.Error(err)
	}
}

// stored reads the records of accounts from a state folder; an account without a
// record gets an empty one.
func stored(t testing.TB, state string, names ...string) map[string]storedRecord {
	t.Helper()
	all, end := records(t, state)
	defer end()
	found := make(map[string]storedRecord)
	for _, name := range names {
		var r storedRecord
		rec, err := store.Scope(all, "TwoFactorAuth", name).Get(t.Context(), "configuration")
		if err == nil {
			err = json.Unmarshal(rec.Value, &r)
		}
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			t.Fatalf("the record of %s: %v", name, err)
		}
		found[name] = r
	}
	return found
}
