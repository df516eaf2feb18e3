package keys_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	rand2 "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/protocol"
)

// sealedBy returns the id of the key that has sealed a record.
func sealedBy(t testing.TB, engine protocol.Storage, key string) string {
	t.Helper()
	rec, err := engine.Get(t.Context(), key)
	if err != nil || len(rec.Value) < 5 {
		t.Fatalf("%s: %d bytes, %v", key, len(rec.Value), err)
	}
	return fmt.Sprintf("%x", rec.Value[1:5])
}

// ids returns the keys of the file in its order.
func ids(t testing.TB, ring *keys.Ring) (all []string) {
	t.Helper()
	list, err := ring.List()
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range list {
		if key.Seals != (i == len(list)-1) {
			t.Errorf("key %d of %d: %+v", i, len(list), key)
		}
		all = append(all, key.ID)
	}
	return all
}

func addKey(t testing.TB, ring *keys.Ring, standby bool) string {
	t.Helper()
	id, err := ring.Add(t.Context(), standby)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A running host seals with the new key as soon as the command has returned, and never
// with a standby key.
func TestRunningHostSeesChangedKeysAtOnce(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	host := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	put(t, host, "zero", "x")
	command := keys.NewRing(path, rand.Reader)
	first := sealedBy(t, engine, "zero")
	standby := addKey(t, command, true)
	put(t, host, "one", "x")
	if got := sealedBy(t, engine, "one"); got != first {
		t.Errorf("sealed by %s with %s standing by; want %s", got, standby, first)
	}
	if err := command.Promote(t.Context(), standby); err != nil {
		t.Fatal(err)
	}
	put(t, host, "two", "x")
	added := addKey(t, command, false)
	put(t, host, "three", "x")
	for key, id := range map[string]string{"two": standby, "three": added} {
		if got := sealedBy(t, engine, key); got != id {
			t.Errorf("%s is sealed by %s, want %s", key, got, id)
		}
	}
	if got, want := fmt.Sprint(ids(t, command)), fmt.Sprint([]string{first, standby, added}); got != want {
		t.Errorf("the file has %s, want %s", got, want)
	}
	for _, key := range []string{"zero", "one", "two", "three"} {
		want(t, host, key, "x")
	}
}

// gate is an engine whose Swaps wait.
type gate struct {
	protocol.Storage
	entered, open chan struct{}
}

func (g gate) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	close(g.entered)
	<-g.open
	return g.Storage.Swap(ctx, key, old, value)
}

// A command does not return while a record that is sealed with the old key is not
// stored yet: retiring the key would lose it.
func TestKeyChangeWaitsForWhatIsUnderWay(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	g := gate{engine, make(chan struct{}), make(chan struct{})}
	host := store.Sealed(g, keys.NewRing(path, rand.Reader))
	stored := make(chan error)
	go func() {
		_, err := host.Swap(t.Context(), "a", 0, []byte("x"))
		stored <- err
	}()
	<-g.entered
	command := keys.NewRing(path, rand.Reader)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := command.Add(short, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Add has returned (%v); it must wait", err)
	}
	if n := len(ids(t, command)); n != 2 {
		t.Fatalf("%d keys", n)
	}
	put(t, store.Sealed(engine, command), "b", "x") // other calls do not wait
	close(g.open)
	if err := <-stored; err != nil {
		t.Fatal(err)
	}
	addKey(t, command, false)
}

// Keys are added and retired while hosts write all the time, and no record is lost.
func TestKeysChangeUnderWriters(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	var end atomic.Bool
	var hosts sync.WaitGroup
	for i := range 6 {
		host := store.Sealed(engine, keys.NewRing(path, rand.Reader))
		hosts.Go(func() {
			for !end.Load() {
				if err := add(t.Context(), host, fmt.Sprintf("key-%d", i%4)); err != nil {
					t.Errorf("host %d: %v", i, err)
					return
				}
			}
		})
	}
	command := keys.NewRing(path, rand.Reader)
	for i := range 8 {
		added := addKey(t, command, i%2 == 0)
		if err := command.Promote(t.Context(), added); err != nil {
			t.Error(err)
		}
		if report, err := store.Rekey(t.Context(), engine, command, nil); err != nil || len(report.Failed) > 0 {
			t.Errorf("Rekey: %+v, %v", report, err)
		}
		for _, id := range ids(t, command) {
			if id == added {
				continue
			}
			if err := store.Retire(t.Context(), engine, command, id); err != nil {
				t.Errorf("Retire: %v", err)
			}
		}
		census, err := store.Count(t.Context(), engine, command)
		if err != nil || len(census.Unknown) > 0 || census.By[added] != census.Records {
			t.Errorf("%+v, %v; want all by %s", census, err, added)
		}
	}
	end.Store(true)
	hosts.Wait()
	for i := range 4 {
		if _, err := store.Sealed(engine, keys.NewRing(path, rand.Reader)).Get(t.Context(), fmt.Sprintf("key-%d", i)); err != nil {
			t.Error(err)
		}
	}
}

func TestKeyFileKeepsCommentsAndMode(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "keys"), filepath.Join(dir, "link")
	writeFile(t, path, "liveapi keys 1\n# mine\n"+keyLine("00000001", 1)+"\n# and this\n"+keyLine("00000002", 2))
	gid := os.Getegid()
	if os.Geteuid() == 0 {
		gid = 65534
	}
	if err := errors.Join(os.Chown(path, -1, gid), os.Chmod(path, 0o400), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	ring := keys.NewRing(link, rand.Reader)
	if err := ring.Promote(t.Context(), "00000001"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if want := "liveapi keys 1\n# mine\n\n# and this\n" + keyLine("00000002", 2) + keyLine("00000001", 1); err != nil || string(content) != want {
		t.Errorf("the file is %q, %v; want %q", content, err, want)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o400 || int(info.Sys().(*syscall.Stat_t).Gid) != gid {
		t.Errorf("%v, %+v, %v; want mode 0400 and group %d", info.Mode(), info.Sys(), err, gid)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Simultaneous commands do not lose each other's keys.
func TestKeyCommandsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	addKey(t, keys.NewRing(path, rand.Reader), false)
	var all sync.WaitGroup
	var mu sync.Mutex
	added := map[string]bool{}
	for i := range 20 {
		all.Go(func() {
			id, err := keys.NewRing(path, rand.Reader).Add(t.Context(), i%2 == 0)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			added[id] = true
		})
	}
	all.Wait()
	for _, id := range ids(t, keys.NewRing(path, rand.Reader)) {
		delete(added, id)
	}
	if len(added) > 0 {
		t.Errorf("lost: %v", added)
	}
}

func TestKeyChangesRefused(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	ring := keys.NewRing(path, rand.Reader)
	if _, err := ring.List(); !errors.Is(err, keys.ErrNoFile) {
		t.Errorf("List without a file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("List has made a file: %v", err)
	}
	put(t, store.Sealed(engine, ring), "a", "x")
	old := ids(t, ring)[0]
	newest := addKey(t, ring, false)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	retire := func(id string) error { return store.Retire(t.Context(), engine, ring, id) }
	for says, err := range map[string]error{
		"1 of 1 records are still sealed by the key " + old: retire(old),
		"is the one that seals":                             retire(newest),
		"there is no key 00000000":                          ring.Promote(t.Context(), "00000000"),
		"8 hexadecimal digits":                              ring.Promote(t.Context(), "first"),
		"there is no key 12345678":                          retire("12345678"),
	} {
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v; want %q and the path", err, says)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed: %v", err)
	}
}

// While the key file is missing or invalid nothing is sealed, not even with an old
// key; records of known keys still open. Sealing works again when the file is back.
func TestNothingIsSealedWithoutAKeyFile(t *testing.T) {
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	host := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	put(t, host, "a", "x")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(says string) {
		t.Helper()
		if _, err := host.Swap(t.Context(), "b", 0, []byte("x")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Swap: %v; want %q", err, says)
		}
		want(t, host, "a", "x")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused("it has disappeared: restore a copy")
	writeFile(t, path, string(content[:len(content)-3]))
	refused("its end is missing")
	writeFile(t, path, string(content))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	refused("chmod 600")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, host, "b", "x")
}

// A command that is killed leaves the old file or the new one, and the next command
// works.
func TestKilledKeyCommand(t *testing.T) {
	dir := t.TempDir()
	random := rand2.New(rand2.NewPCG(1, 2))
	for round := range 20 {
		path := filepath.Join(dir, strconv.Itoa(round), "keys")
		cmd := child(t, "addkeys", path)
		lines := start(t, cmd)
		var acknowledged []string
		for range 1 + random.IntN(15) {
			acknowledged = append(acknowledged, <-lines)
		}
		for range random.IntN(20000) { // at a random point of the next command
			os.Getpid()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for line := range lines {
			acknowledged = append(acknowledged, line)
		}
		cmd.Wait()
		ring := keys.NewRing(path, rand.Reader)
		there := ids(t, ring)
		for _, id := range acknowledged {
			if !slices.Contains(there, id) {
				t.Errorf("the key %s is lost", id)
			}
		}
		addKey(t, ring, false)
		if left, err := filepath.Glob(path + "?*"); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
