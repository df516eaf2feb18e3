package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// storedRecord is what the module TwoFactorAuth keeps of an account, as far as
// these tests look at it.
type storedRecord struct {
	Secret   string `json:"secret"`
	LastStep int64  `json:"last_step"`
	Fails    int64  `json:"fails"`
}

// stored reads the records of accounts from a state folder; an account without
// one has an empty one.
func stored(t testing.TB, state string, names ...string) map[string]storedRecord {
	t.Helper()
	engine, err := store.OpenSQLite(t.Context(), filepath.Join(state, "liveapi.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	sealed := store.Sealed(engine, store.NewKeyRing(filepath.Join(state, "liveapi.key"), rand.Reader))
	found := make(map[string]storedRecord)
	for _, name := range names {
		var r storedRecord
		rec, err := store.Scope(sealed, "TwoFactorAuth", name).Get(t.Context(), "configuration")
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
