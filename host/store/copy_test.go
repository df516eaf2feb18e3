package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// meddling calls a function once, before the nth List.
type meddling struct {
	protocol.Storage
	left   int
	meddle func()
}

func (m *meddling) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if m.left--; m.left == 0 {
		m.meddle()
	}
	return m.Storage.List(ctx, prefix, after, limit)
}

// fill stores records of some accounts, sealed.
func fill(t *testing.T, engine protocol.Storage, ring *keys.Ring, n int) {
	t.Helper()
	for i := range n {
		view := store.Scope(store.Sealed(engine, ring), "TwoFactorAuth", fmt.Sprintf("user%d", i%7))
		put(t, view, fmt.Sprintf("record%d", i), strings.Repeat(canary, i%5))
	}
}

// filled checks that what fill stored opens.
func filled(t *testing.T, engine protocol.Storage, ring *keys.Ring, n int) {
	t.Helper()
	for i := range n {
		view := store.Scope(store.Sealed(engine, ring), "TwoFactorAuth", fmt.Sprintf("user%d", i%7))
		want(t, view, fmt.Sprintf("record%d", i), strings.Repeat(canary, i%5))
	}
}

func TestCopyBetweenSQLiteAndEtcd(t *testing.T) {
	const n = 300
	c := etcdtest.Start(t, 1, nil)
	ring := newRing(t)
	fleet, err := etcd.Open(c.Address("copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer fleet.Close()
	sqlite, back := newSQLite(t), newSQLite(t)
	fill(t, sqlite, ring, n)
	told := 0
	done, err := store.Copy(t.Context(), sqlite, fleet, store.Copying{Progress: func(records int) { told = records }})
	if err != nil || done.Records != n || done.Written != n || told != n {
		t.Fatalf("to etcd: %+v, told %d, %v", done, told, err)
	}
	filled(t, fleet, ring, n)
	if done, err := store.Copy(t.Context(), fleet, back, store.Copying{}); err != nil || done.Records != n {
		t.Fatalf("back: %+v, %v", done, err)
	}
	filled(t, back, ring, n)
	if _, err := store.Copy(t.Context(), sqlite, fleet, store.Copying{}); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("a second copy: %v", err)
	}
}

func TestCopyGoesOn(t *testing.T) {
	const n = 300
	ring := newRing(t)
	from, to := newSQLite(t), newSQLite(t)
	fill(t, from, ring, n)
	ctx, cancel := context.WithCancel(t.Context())
	part, err := store.Copy(ctx, from, to, store.Copying{Progress: func(records int) {
		if records > n/2 {
			cancel()
		}
	}})
	if err == nil || part.Written == 0 || part.Written == n {
		t.Fatalf("a copy that was interrupted: %+v, %v", part, err)
	}
	done, err := store.Copy(t.Context(), from, to, store.Copying{Resume: true})
	if err != nil || done.Written != n-part.Written || done.Records != n {
		t.Fatalf("the rest: %+v, %v", done, err)
	}
	if done, err := store.Copy(t.Context(), from, to, store.Copying{Resume: true}); err != nil || done.Written != 0 || done.Records != n {
		t.Errorf("once more: %+v, %v", done, err)
	}
	filled(t, to, ring, n)
}

func TestCopyOfWhatDiffers(t *testing.T) {
	from, to := newSQLite(t), newSQLite(t)
	put(t, from, "a", "new")
	put(t, to, "a", "old")
	if _, err := store.Copy(t.Context(), from, to, store.Copying{Resume: true}); err == nil ||
		!strings.Contains(err.Error(), "another record under this name") {
		t.Errorf("error is %v", err)
	}
	want(t, to, "a", "old")
	if done, err := store.Copy(t.Context(), from, to, store.Copying{Replace: true}); err != nil || done.Written != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	want(t, to, "a", "new")
	put(t, to, "b", "own")
	if _, err := store.Copy(t.Context(), from, to, store.Copying{Replace: true}); err == nil ||
		!strings.Contains(err.Error(), `does not have ("b")`) {
		t.Errorf("error is %v", err)
	}
	want(t, to, "b", "own")
}

// A host that writes during a copy is noticed, whatever it writes.
func TestCopyWhileSomebodyWrites(t *testing.T) {
	for name, meddle := range map[string]struct {
		side string
		do   func(s protocol.Storage, rec protocol.Record) error
	}{
		"source replaced":     {"source", func(s protocol.Storage, rec protocol.Record) error { return swap(s, rec.Key, rec.Version, []byte("x")) }},
		"source the same":     {"source", func(s protocol.Storage, rec protocol.Record) error { return swap(s, rec.Key, rec.Version, rec.Value) }},
		"source deleted":      {"source", func(s protocol.Storage, rec protocol.Record) error { return swap(s, rec.Key, rec.Version, nil) }},
		"source new":          {"source", func(s protocol.Storage, rec protocol.Record) error { return swap(s, "0", 0, []byte("x")) }},
		"source new, last":    {"source", func(s protocol.Storage, rec protocol.Record) error { return swap(s, "z", 0, []byte("x")) }},
		"destination changed": {"destination", func(s protocol.Storage, rec protocol.Record) error { return swap(s, rec.Key, rec.Version, []byte("x")) }},
		"destination deleted": {"destination", func(s protocol.Storage, rec protocol.Record) error { return swap(s, rec.Key, rec.Version, nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := newSQLite(t), newSQLite(t)
			for i := range 100 {
				put(t, from, fmt.Sprintf("record%03d", i), "x")
			}
			side := map[string]protocol.Storage{"source": from, "destination": to}[meddle.side]
			// The third List of the source reaches its end; then both sides are compared.
			source := &meddling{from, 3, func() {
				rec, err := side.Get(t.Context(), "record050")
				if err == nil {
					err = meddle.do(side, rec)
				}
				if err != nil {
					t.Error(err)
				}
			}}
			if name == "source new, last" { // otherwise it would simply be copied
				source.left = 4
			}
			if _, err := store.Copy(t.Context(), source, to, store.Copying{}); err == nil ||
				!strings.Contains(err.Error(), "the "+meddle.side+" changed during the copy") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func swap(s protocol.Storage, key string, old protocol.Version, value []byte) error {
	_, err := s.Swap(context.Background(), key, old, value)
	return err
}

// A destination without space keeps its records, and the copy can go on later.
func TestCopyToAFullStore(t *testing.T) {
	from := newSQLite(t)
	for i := range 40 {
		put(t, from, fmt.Sprintf("record%03d", i), strings.Repeat("x", 10000))
	}
	path := filepath.Join(t.TempDir(), "store.db")
	small := openSQLite(t, path, sqlite.MaxBytes(200000))
	if _, err := store.Copy(t.Context(), from, small, store.Copying{}); !errors.Is(err, protocol.ErrFull) {
		t.Fatalf("error is %v, want ErrFull", err)
	}
	small.Close()
	if done, err := store.Copy(t.Context(), from, openSQLite(t, path), store.Copying{Resume: true}); err != nil || done.Records != 40 ||
		done.Written == 40 {
		t.Errorf("%+v, %v", done, err)
	}
}
