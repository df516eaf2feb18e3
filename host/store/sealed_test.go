package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// vault is a sealed store whose files a test may read and change.
type vault struct {
	protocol.Storage
	dir    string
	engine *sqlite.Store
}

func newVault(t testing.TB) *vault {
	t.Helper()
	dir := t.TempDir()
	v := &vault{dir: dir, engine: openSQLite(t, filepath.Join(dir, "store.db"))}
	v.Storage = store.Sealed(v.engine, keys.NewRing(filepath.Join(dir, "keys"), rand.Reader))
	return v
}

const canary = "canary-7d1f0c55-secret"

// unopened checks that a record is an error: not absent, not a conflict, with the code
// internal, and without the value.
func unopened(t testing.TB, s protocol.Storage, key, says string) {
	t.Helper()
	_, getErr := s.Get(t.Context(), key)
	_, listErr := s.List(t.Context(), key, "", 10)
	for name, err := range map[string]error{"Get": getErr, "List": listErr} {
		switch {
		case err == nil:
			t.Errorf("%s(%q) opened it", name, key)
		case protocol.CodeOf(err) != protocol.CodeInternal || !strings.Contains(err.Error(), says):
			t.Errorf("%s(%q): error is %v (%v), want an internal one that says %q", name, key, err, protocol.CodeOf(err), says)
		case strings.Contains(err.Error(), canary):
			t.Errorf("%s(%q): the error contains the value: %v", name, key, err)
		}
	}
}

// plant replaces the sealed value of a record in the engine.
func plant(t testing.TB, engine protocol.Storage, key string, value []byte) {
	t.Helper()
	rec, err := engine.Get(t.Context(), key)
	if err == nil {
		_, err = engine.Swap(t.Context(), key, rec.Version, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A row moved to another account does not open.
func TestS16SealedRowsBelongWhereTheyAre(t *testing.T) {
	v := newVault(t)
	ann := store.Scope(v, "TwoFactorAuth", "ann")
	put(t, ann, "secret", canary)
	put(t, store.Scope(v, "TwoFactorAuth", "bob"), "secret", "other")
	put(t, store.Scope(v, "Batch", "ann"), "secret", "other")
	put(t, ann, "backup", "other")
	want(t, ann, "secret", canary)

	rec, err := v.engine.Get(t.Context(), "TwoFactorAuth/ann/secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"TwoFactorAuth/bob/secret", "Batch/ann/secret", "TwoFactorAuth/ann/backup"} {
		plant(t, v.engine, to, rec.Value)
		unopened(t, v, to, "was changed, or belongs to another")
	}
	want(t, ann, "secret", canary)

	other := newVault(t) // another store, with a key of its own
	put(t, other, "TwoFactorAuth/ann/secret", "x")
	plant(t, other.engine, "TwoFactorAuth/ann/secret", rec.Value)
	unopened(t, other, "TwoFactorAuth/ann/secret", "not in the key file")
}

func TestSealedRowsThatWereChanged(t *testing.T) {
	v := newVault(t)
	put(t, v, "a", canary)
	rec, err := v.engine.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	set := func(value []byte) {
		t.Helper()
		plant(t, v.engine, "a", value)
	}
	for i := range rec.Value {
		changed := bytes.Clone(rec.Value)
		changed[i] ^= 1
		set(changed)
		unopened(t, v, "a", "a stored record does not open")
	}
	set(append(bytes.Clone(rec.Value), 0))
	unopened(t, v, "a", "was changed")
	set(rec.Value[:44])
	unopened(t, v, "a", "too short")
	set([]byte{})
	unopened(t, v, "a", "too short")
	set([]byte(strings.Repeat("plain text "+canary, 5)))
	unopened(t, v, "a", "format is unknown")
	set(rec.Value)
	want(t, v, "a", canary)
}

// The files without the key file contain no readable secret.
func TestS18SealedFilesHoldNoPlainText(t *testing.T) {
	v := newVault(t)
	version := put(t, v, "a", canary)
	for i := range 20 {
		next, err := v.Swap(t.Context(), "a", version, []byte(strings.Repeat(canary, 1+i*100)))
		if err != nil {
			t.Fatal(err)
		}
		version = next
	}
	look := func() {
		t.Helper()
		err := filepath.WalkDir(v.dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(name)
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s has the plain text", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look() // the data is still in the log
	v.engine.Close()
	look() // the data is in the database
}

func TestSealingSameValueTwiceLooksDifferent(t *testing.T) {
	v := newVault(t)
	first := put(t, v, "a", canary)
	one, err := v.engine.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Swap(t.Context(), "a", first, []byte(canary)); err != nil {
		t.Fatal(err)
	}
	two, err := v.engine.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one.Value[5:29], two.Value[5:29]) || bytes.Equal(one.Value[29:], two.Value[29:]) {
		t.Error("a nonce was used twice")
	}
}

func TestSealedBoundIsOfPlainText(t *testing.T) {
	v := newVault(t)
	put(t, v, "max", strings.Repeat("x", protocol.MaxValue))
	if _, err := v.Swap(t.Context(), "above", 0, make([]byte, protocol.MaxValue+1)); protocol.CodeOf(err) != protocol.CodeInvalid {
		t.Errorf("a value of MaxValue+1 bytes: %v", err)
	}
}

// Without random bytes nothing is sealed and no key file is made.
func TestNoRandomness(t *testing.T) {
	dir := t.TempDir()
	engine := openSQLite(t, filepath.Join(dir, "store.db"))
	for _, n := range []int{0, 3, 20, 36, 40} {
		keyFile := filepath.Join(dir, fmt.Sprint("keys", n))
		ring := keys.NewRing(keyFile, bytes.NewReader(make([]byte, n)))
		if _, err := store.Sealed(engine, ring).Swap(t.Context(), "a", 0, []byte(canary)); err == nil || !strings.Contains(err.Error(), "no random bytes") {
			t.Errorf("with %d random bytes: %v", n, err)
		}
		if _, err := os.Stat(keyFile); (err == nil) != (n >= 36) {
			t.Errorf("with %d random bytes: the key file: %v", n, err)
		}
	}
	if _, err := engine.Get(t.Context(), "a"); !errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("something was stored: %v", err)
	}
}

func TestSealedCloses(t *testing.T) {
	v := newVault(t)
	if err := v.Storage.(interface{ Close() error }).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.engine.Get(context.Background(), "a"); err == nil || errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("the engine is still open: %v", err)
	}
}
