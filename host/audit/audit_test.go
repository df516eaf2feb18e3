package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liveapi.host/host/audit"
	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) (engine protocol.Storage, sealed protocol.Storage) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, store.Sealed(s, keys.NewRing(filepath.Join(t.TempDir(), "key"), rand.Reader))
}

// Entries come oldest first, over several pages, and from a given time on.
func TestEach(t *testing.T) {
	engine, sealed := open(t)
	const n = 250
	for i := range n {
		e := audit.Entry{When: noon.Add(time.Duration(i) * time.Millisecond), Who: "root", What: fmt.Sprint(i), ID: "x"}
		if err := audit.Append(t.Context(), sealed, e); err != nil {
			t.Fatal(err)
		}
	}
	for from, since := range map[int]time.Time{0: {}, 120: noon.Add(120 * time.Millisecond)} {
		next := from
		err := audit.Each(t.Context(), engine, sealed, since, func(e audit.Entry, err error) error {
			if err != nil || e.What != fmt.Sprint(next) || e.When.Location() != time.UTC {
				t.Fatalf("entry %d: %+v, %v", next, e, err)
			}
			next++
			return nil
		})
		if err != nil || next != n {
			t.Errorf("from %d on: %d, %v", from, next, err)
		}
	}
	stop := errors.New("enough")
	if err := audit.Each(t.Context(), engine, sealed, time.Time{}, func(audit.Entry, error) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
}

// An entry that cannot be opened does not hide others, and is reported with its time.
func TestEntryThatDoesNotOpen(t *testing.T) {
	engine, sealed := open(t)
	other := store.Sealed(engine, keys.NewRing(filepath.Join(t.TempDir(), "other"), rand.Reader))
	for i, s := range []protocol.Storage{sealed, other, sealed} {
		if err := audit.Append(t.Context(), s,
			audit.Entry{When: noon.Add(time.Duration(i) * time.Second), What: "act", ID: fmt.Sprint("id", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	err := audit.Each(t.Context(), engine, sealed, time.Time{}, func(e audit.Entry, err error) error {
		seen = append(seen, fmt.Sprint(e.ID, " ", e.When.Second(), " ", e.What, " ", err == nil))
		return nil
	})
	if want := "id0 0 act true, id1 1  false, id2 2 act true"; err != nil || strings.Join(seen, ", ") != want {
		t.Errorf("%q, %v; want %q", seen, err, want)
	}
}

// An act that cannot be recorded is not done; the end of an act is recorded even if
// its context is cancelled.
func TestDo(t *testing.T) {
	engine, sealed := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	began, err := audit.Do(ctx, sealed, func() time.Time { return noon }, audit.Entry{What: "act", ID: "one"}, func() string {
		cancel()
		return audit.Done
	})
	if !began || err != nil {
		t.Errorf("%v, %v", began, err)
	}
	began, err = audit.Do(ctx, sealed, func() time.Time { return noon }, audit.Entry{What: "act", ID: "two"}, func() string {
		t.Error("done without a record")
		return audit.Done
	})
	if began || err == nil {
		t.Errorf("%v, %v", began, err)
	}
	var outcomes []string
	audit.Each(t.Context(), engine, sealed, time.Time{}, func(e audit.Entry, err error) error {
		outcomes = append(outcomes, e.ID+":"+e.Outcome)
		return err
	})
	if got := strings.Join(outcomes, " "); got != "one: one:done" {
		t.Errorf("%q", got)
	}
}

// An act has a bounded size, so that one call cannot fill the store.
func TestEntriesAreBounded(t *testing.T) {
	engine, sealed := open(t)
	with := make(map[string]string)
	for i := range 1000 {
		with[fmt.Sprint(i)] = strings.Repeat("é", 1000)
	}
	if err := audit.Append(t.Context(), sealed,
		audit.Entry{When: noon, ID: "x", With: with, From: strings.Repeat("f", 9999), Outcome: strings.Repeat("o", 9999)}); err != nil {
		t.Fatal(err)
	}
	all, err := engine.List(t.Context(), audit.Prefix, "", 10)
	if err != nil || len(all) != 1 || len(all[0].Value) > 64*400 {
		t.Errorf("%d entries, %v", len(all), err)
	}
}
