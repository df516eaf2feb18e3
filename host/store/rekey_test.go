package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	rand2 "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// census returns how many records each key has sealed.
func census(t testing.TB, engine protocol.Storage, ring *keys.Ring) *store.Census {
	t.Helper()
	c, err := store.Count(t.Context(), engine, ring)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ids returns the keys of the file in its order: the last one seals.
func ids(t testing.TB, ring *keys.Ring) (all []string) {
	t.Helper()
	list, err := ring.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range list {
		all = append(all, key.ID)
	}
	return all
}

func addKey(t testing.TB, ring *keys.Ring) string {
	t.Helper()
	id, err := ring.Add(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Every record of several pages is resealed, its value and its key stay the same, and
// a second Rekey has nothing to do.
func TestS17Rekey(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	ring := keys.NewRing(path, rand.Reader)
	s := store.Sealed(engine, ring)
	const records = 250
	for i := range records {
		put(t, s, fmt.Sprintf("key-%03d", i), fmt.Sprintf("value %d", i))
	}
	old := ids(t, ring)[0]
	newest := addKey(t, ring)
	put(t, s, "newest", "x")
	var steps []int
	report, err := store.Rekey(t.Context(), engine, ring, func(done int) { steps = append(steps, done) })
	if err != nil || report.Records != records+1 || report.Sealed != records || len(report.Failed) > 0 {
		t.Errorf("%+v, %v; want %d of %d", report, err, records, records+1)
	}
	if len(steps) != records+1 || !slices.IsSorted(steps) || steps[records] != records+1 {
		t.Errorf("progress in %d steps", len(steps))
	}
	if c := census(t, engine, ring); !maps.Equal(c.By, map[string]int{newest: records + 1}) || c.Records != records+1 {
		t.Errorf("%+v", c)
	}
	if err := store.Retire(t.Context(), engine, ring, old); err != nil {
		t.Error(err)
	}
	fresh := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	for i := range records {
		want(t, fresh, fmt.Sprintf("key-%03d", i), fmt.Sprintf("value %d", i))
	}
	if report, err := store.Rekey(t.Context(), engine, ring, nil); err != nil || report.Sealed != 0 {
		t.Errorf("again: %+v, %v", report, err)
	}
}

// Each record that does not open is reported by its name, without its value. It stays
// as it is, and the others are resealed.
func TestRekeyReportsWhatDoesNotOpen(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	ring := keys.NewRing(path, rand.Reader)
	s := store.Sealed(engine, ring)
	put(t, s, "good", "x")
	good, err := engine.Get(t.Context(), "good")
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		"moved": string(good.Value), "plain": "this is no sealed record, and it is long enough for one", "short": "canary",
		"of another": "\x01\xde\xad\xbe\xef" + strings.Repeat("canary", 20),
	}
	for key, value := range bad {
		put(t, engine, key, value)
	}
	old := ids(t, ring)[0]
	newest := addKey(t, ring)
	report, err := store.Rekey(t.Context(), engine, ring, nil)
	if err != nil || report.Sealed != 1 || len(report.Failed) != len(bad) {
		t.Fatalf("%+v, %v", report, err)
	}
	text := fmt.Sprint(report.Failed)
	for key, value := range bad {
		if !strings.Contains(text, fmt.Sprintf("record %q: ", key)) || strings.Contains(text, "canary") {
			t.Errorf("%s is not in %s, or its value is", key, text)
		}
		want(t, engine, key, value)
	}
	c := census(t, engine, ring)
	if !maps.Equal(c.By, map[string]int{newest: 1, old: 1, "deadbeef": 1}) || !slices.Equal(c.Unknown, []string{"plain", "short"}) {
		t.Errorf("%+v", c)
	}
	if err := store.Retire(t.Context(), engine, ring, old); err == nil || !strings.Contains(err.Error(), "1 of 5 records are still sealed") {
		t.Errorf("Retire: %v", err)
	}
	v, err := engine.Get(t.Context(), "moved")
	if err == nil {
		_, err = engine.Swap(t.Context(), "moved", v.Version, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Retire(t.Context(), engine, ring, old); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("Retire with records of an unknown format: %v", err)
	}
}

// unsure is an engine that writes and then returns that the outcome is unknown, or
// that lets another writer come first, which is a conflict.
type unsure struct {
	protocol.Storage
	turns *atomic.Int64
}

func (u unsure) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	switch u.turns.Add(1) % 4 {
	case 0:
		return 0, protocol.ErrUnknown
	case 1:
		u.Storage.Swap(ctx, key, old, value)
		return 0, protocol.ErrUnknown
	case 2:
		rec, err := u.Storage.Get(ctx, key)
		if err == nil {
			u.Storage.Swap(ctx, key, rec.Version, rec.Value) // another writer
		}
	}
	return u.Storage.Swap(ctx, key, old, value)
}

func TestRekeyLooksAgainAtConflicts(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	ring := keys.NewRing(path, rand.Reader)
	for i := range 40 {
		put(t, store.Sealed(engine, ring), fmt.Sprintf("key-%02d", i), fmt.Sprint(i))
	}
	newest := addKey(t, ring)
	u := unsure{engine, new(atomic.Int64)}
	if report, err := store.Rekey(t.Context(), u, ring, nil); err != nil || len(report.Failed) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if c := census(t, engine, ring); c.By[newest] != 40 {
		t.Errorf("%+v", c)
	}
	for i := range 40 {
		want(t, store.Sealed(engine, ring), fmt.Sprintf("key-%02d", i), fmt.Sprint(i))
	}
}

// childRekey reseals everything, again and again under a new key.
func childRekey(ctx context.Context, args []string) error {
	engine, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	ring := keys.NewRing(args[1], rand.Reader)
	for {
		if _, err := ring.Add(ctx, false); err != nil {
			return err
		}
		report, err := store.Rekey(ctx, engine, ring, func(int) { fmt.Println("one") })
		if err != nil || len(report.Failed) > 0 {
			return fmt.Errorf("%+v, %w", report, err)
		}
		list, err := ring.List()
		if err != nil {
			return err
		}
		for _, key := range list[:len(list)-1] {
			if err := store.Retire(ctx, engine, ring, key.ID); err != nil {
				return err
			}
		}
	}
}

// A rekey that is killed loses no record, and the next one does the rest.
func TestKilledRekey(t *testing.T) {
	dir := t.TempDir()
	path, keyFile := filepath.Join(dir, "store.db"), filepath.Join(dir, "keys")
	engine, ring := openSQLite(t, path), keys.NewRing(keyFile, rand.Reader)
	const records = 150
	for i := range records {
		put(t, store.Sealed(engine, ring), fmt.Sprintf("key-%03d", i), fmt.Sprint(i))
	}
	random := rand2.New(rand2.NewPCG(5, 6))
	for range 12 {
		cmd := child(t, "rekey", path, keyFile)
		lines := start(t, cmd)
		for range 1 + random.IntN(2*records) {
			if _, ok := <-lines; !ok {
				t.Fatal("it ended by itself")
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		fresh := store.Sealed(engine, keys.NewRing(keyFile, rand.Reader))
		for i := range records {
			want(t, fresh, fmt.Sprintf("key-%03d", i), fmt.Sprint(i))
		}
	}
	report, err := store.Rekey(t.Context(), engine, ring, nil)
	newest := ids(t, ring)[len(ids(t, ring))-1]
	if c := census(t, engine, ring); err != nil || len(report.Failed) > 0 || c.By[newest] != records {
		t.Errorf("%+v, %v, %+v", report, err, c)
	}
}

// childSealing counts up in a sealed record of its own until its stdin ends. It prints
// "begun" when the first value is stored, and at the end the last value.
func childSealing(ctx context.Context, args []string) error {
	engine, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	s := store.Sealed(engine, keys.NewRing(args[1], rand.Reader))
	var end atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end.Store(true)
	}()
	n := 0
	for ; !end.Load(); n++ {
		if err := add(ctx, s, args[2]); err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("begun")
		}
	}
	fmt.Println(n)
	return engine.Close()
}

// Other processes that store all the time lose nothing while keys are added, records
// are resealed and old keys are retired at once.
func TestKeysChangeUnderProcesses(t *testing.T) {
	dir := t.TempDir()
	path, keyFile := filepath.Join(dir, "store.db"), filepath.Join(dir, "keys")
	engine, ring := openSQLite(t, path), keys.NewRing(keyFile, rand.Reader)
	var cmds []*exec.Cmd
	var stdins []io.Closer
	var outs []<-chan string
	for i := range 3 {
		cmd := child(t, "sealing", path, keyFile, fmt.Sprintf("key-%d", i))
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out := start(t, cmd)
		if line := <-out; line != "begun" {
			t.Fatalf("process %d says %q", i, line)
		}
		cmds, stdins, outs = append(cmds, cmd), append(stdins, stdin), append(outs, out)
	}
	for range 6 {
		newest := addKey(t, ring)
		if report, err := store.Rekey(t.Context(), engine, ring, nil); err != nil || len(report.Failed) > 0 {
			t.Fatalf("Rekey: %+v, %v", report, err)
		}
		for _, id := range ids(t, ring) {
			if id == newest {
				continue
			}
			if err := store.Retire(t.Context(), engine, ring, id); err != nil {
				t.Error(err)
			}
		}
	}
	fresh := store.Sealed(engine, keys.NewRing(keyFile, rand.Reader))
	for i, cmd := range cmds {
		stdins[i].Close()
		n := <-outs[i]
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
		want(t, fresh, fmt.Sprintf("key-%d", i), n)
	}
}
