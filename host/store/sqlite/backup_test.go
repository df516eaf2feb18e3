package sqlite_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// state is a store with its keys in a folder of their own.
type state struct {
	dir, path string
	engine    *sqlite.Store
	ring      *keys.Ring
	sealed    protocol.Storage
}

func newState(t testing.TB) state {
	t.Helper()
	dir := t.TempDir()
	s := state{dir: dir, path: filepath.Join(dir, "store.db"), ring: keys.NewRing(filepath.Join(dir, "keys"), rand.Reader)}
	s.engine = openSQLite(t, s.path)
	s.sealed = store.Sealed(s.engine, s.ring)
	return s
}

func (s state) backup(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if _, err := s.engine.Backup(t.Context(), path, made, s.ring); err != nil {
		t.Fatal(err)
	}
	return path
}

var made = time.Unix(1790000000, 0)

// expectAll checks that a store has exactly these values.
func expectAll(t testing.TB, s protocol.Storage, values map[string]string) {
	t.Helper()
	recs, err := s.List(t.Context(), "", "", 1000)
	if err != nil || len(recs) != len(values) {
		t.Errorf("%d records, %v; want %d", len(recs), err, len(values))
	}
	for _, rec := range recs {
		if values[rec.Key] != string(rec.Value) {
			t.Errorf("%s holds %q, want %q", rec.Key, rec.Value, values[rec.Key])
		}
	}
}

// A restore brings the records of the backup into a store in use and into a new store;
// a plain copy of the backup's file works, too.
func TestBackupAndRestore(t *testing.T) {
	s := newState(t)
	put(t, s.sealed, "kept", "one")
	v := put(t, s.sealed, "deleted", "two")
	for range 5 {
		var err error
		if v, err = s.sealed.Swap(t.Context(), "deleted", v, []byte("two")); err != nil {
			t.Fatal(err)
		}
	}
	path := s.backup(t, "backup.db")
	then := map[string]string{"kept": "one", "deleted": "two"}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info.Mode(), err)
	}
	contents, err := sqlite.VerifyBackup(t.Context(), path, s.ring)
	if err != nil || contents.Records != 2 || !contents.Made.Equal(made) {
		t.Errorf("%+v, %v", contents, err)
	}
	if _, err := s.sealed.Swap(t.Context(), "deleted", v, nil); err != nil {
		t.Fatal(err)
	}
	later := put(t, s.sealed, "later", "three")

	if _, err := sqlite.Restore(t.Context(), s.path, path, s.ring, sqlite.Restoring{}); !errors.Is(err, sqlite.ErrRecords) {
		t.Errorf("without replace: %v", err)
	}
	expectAll(t, s.sealed, map[string]string{"kept": "one", "later": "three"})
	restored, err := sqlite.Restore(t.Context(), s.path, path, s.ring, sqlite.Restoring{Replace: true})
	if err != nil || restored.Records != 2 || restored.Replaced != 2 || restored.New {
		t.Fatalf("%+v, %v", restored, err)
	}
	expectAll(t, s.sealed, then)
	// Versions never restart, for existing, deleted and new records.
	for _, key := range []string{"kept", "deleted"} {
		if rec, err := s.sealed.Get(t.Context(), key); err != nil || rec.Version <= later {
			t.Errorf("%s has version %d, %v; want more than %d", key, rec.Version, err, later)
		}
	}
	if _, err := s.sealed.Swap(t.Context(), "deleted", v, []byte("old")); !errors.Is(err, protocol.ErrConflict) {
		t.Errorf("a Swap with a version from before: %v", err)
	}
	if now := put(t, s.sealed, "later", "again"); now <= later {
		t.Errorf("a record that is not in the backup starts at version %d, it had %d", now, later)
	}

	anew := filepath.Join(s.dir, "new", "store.db")
	restored, err = sqlite.Restore(t.Context(), anew, path, s.ring, sqlite.Restoring{})
	if err != nil || !restored.New {
		t.Fatalf("%+v, %v", restored, err)
	}
	expectAll(t, store.Sealed(openSQLite(t, anew), s.ring), then)
	copied := filepath.Join(s.dir, "copied.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, copied, string(content))
	used := openSQLite(t, copied)
	expectAll(t, store.Sealed(used, s.ring), then)
	if contents, err := used.Backup(t.Context(), filepath.Join(s.dir, "again.db"), made.Add(time.Hour), s.ring); err != nil ||
		!contents.Made.Equal(made.Add(time.Hour)) {
		t.Errorf("a backup of a store that was a backup: %+v, %v", contents, err)
	}
}

// A backup is the store at one moment, whatever is written meanwhile: when two records
// change one after the other, it never has only the second change.
func TestBackupUnderWriters(t *testing.T) {
	s := newState(t)
	for i := range 300 {
		put(t, s.sealed, fmt.Sprintf("filler-%03d", i), strings.Repeat("x", 5000))
	}
	var end atomic.Bool
	var all sync.WaitGroup
	host := openSQLite(t, s.path) // as another process
	all.Go(func() {
		for !end.Load() {
			for _, key := range []string{"z-first", "a-second"} {
				if err := add(t.Context(), store.Sealed(host, s.ring), key); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for i := range 10 {
		path := s.backup(t, fmt.Sprintf("backup-%d.db", i))
		recs := restoredRecords(t, s, path)
		first, _ := strconv.Atoi(recs["z-first"])
		second, _ := strconv.Atoi(recs["a-second"])
		if first != second && first != second+1 {
			t.Errorf("first is %d, second %d", first, second)
		}
	}
	end.Store(true)
	all.Wait()
}

// restoredRecords restores a backup into a new store and returns its records.
func restoredRecords(t testing.TB, s state, path string) map[string]string {
	t.Helper()
	anew := filepath.Join(t.TempDir(), "store.db")
	if _, err := sqlite.Restore(t.Context(), anew, path, s.ring, sqlite.Restoring{}); err != nil {
		t.Fatal(err)
	}
	recs, err := store.Sealed(openSQLite(t, anew), s.ring).List(t.Context(), "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, rec := range recs {
		values[rec.Key] = string(rec.Value)
	}
	return values
}

// A file that is not a valid backup of this store is refused with the reason, and the
// store does not change.
func TestRestoreRefuses(t *testing.T) {
	s := newState(t)
	put(t, s.sealed, "a", "now")
	other := newState(t)
	put(t, other.sealed, "a", "other")
	good, err := os.ReadFile(s.backup(t, "good.db"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		says string
	}{
		{"missing", func(t *testing.T, path string) { os.Remove(path) }, "no such file"},
		{"empty", func(t *testing.T, path string) { writeFile(t, path, "") }, "it is empty, so it is not a backup"},
		{"text", func(t *testing.T, path string) { writeFile(t, path, strings.Repeat("text ", 2000)) }, "it is not a database"},
		{"a folder", replaceByFolder, "not a regular file"},
		{"of another program", func(t *testing.T, path string) { tamper(t, path, "PRAGMA application_id=7") }, "another program"},
		{"of a newer liveapi", func(t *testing.T, path string) { tamper(t, path, "PRAGMA user_version=2") }, "newer liveapi"},
		{"with other tables", func(t *testing.T, path string) {
			tamper(t, path, "ALTER TABLE record RENAME TO r")
			tamper(t, path, "CREATE VIEW record AS SELECT * FROM r")
		}, "its tables are not those of a store"},
		{"cut off", func(t *testing.T, path string) { writeFile(t, path, string(good[:len(good)-4096])) }, "damaged"},
		{"damaged page", func(t *testing.T, path string) { overwrite(t, path, 1, []byte(strings.Repeat("\xff", len(good)-4096))) }, "damaged"},
		{"a record that was changed", func(t *testing.T, path string) {
			tamper(t, path, "UPDATE record SET value = CAST(substr(value, 1, 40) || x'00000000000000' AS BLOB)")
		}, `record "a" version 1 does not open`},
		{"a record that was moved", func(t *testing.T, path string) { tamper(t, path, "UPDATE record SET key = x'62'") }, "does not open"},
		{"of other keys", func(t *testing.T, path string) {
			os.Remove(path)
			if _, err := other.engine.Backup(t.Context(), path, made, nil); err != nil {
				t.Fatal(err)
			}
		}, "which is not in the key file"},
		{"a part of a store in use", func(t *testing.T, path string) { writeFile(t, path+"-wal", "x") }, "store in use"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "backup.db")
			writeFile(t, path, string(good))
			test.make(t, path)
			anew := filepath.Join(t.TempDir(), "store.db")
			for _, to := range []string{s.path, anew} {
				_, err := sqlite.Restore(t.Context(), to, path, s.ring, sqlite.Restoring{Replace: true})
				if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) ||
					strings.Contains(err.Error(), "restore a copy:") {
					t.Errorf("%v; want %q and the path", err, test.says)
				}
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(anew), "*")); err != nil || len(left) > 0 {
				t.Errorf("there was no store before, now there is %v, %v", left, err)
			}
			expectAll(t, s.sealed, map[string]string{"a": "now"})
		})
	}
	keyless := keys.NewRing(filepath.Join(t.TempDir(), "keys"), rand.Reader)
	if _, err := sqlite.Restore(t.Context(), s.path, filepath.Join(s.dir, "good.db"), keyless, sqlite.Restoring{Replace: true}); !errors.Is(
		err,
		keys.ErrNoFile,
	) {
		t.Errorf("without a key file: %v", err)
	}
	if _, err := keyless.List(); !errors.Is(err, keys.ErrNoFile) {
		t.Errorf("a restore has made keys: %v", err)
	}
}

// held is a key ring that opens records only while it is locked.
type held struct {
	*keys.Ring
	locked bool
}

func (h *held) Lock(ctx context.Context) (func(), error) {
	unlock, err := h.Ring.Lock(ctx)
	if err != nil {
		return nil, err
	}
	h.locked = true
	return func() { h.locked = false; unlock() }, nil
}

func (h *held) Open(ctx context.Context, key string, box []byte) ([]byte, error) {
	if !h.locked {
		return nil, errors.New("the keys may change meanwhile")
	}
	return h.Ring.Open(ctx, key, box)
}

// The keys are locked from the check of the backup to the end of the restore, and they
// have to exist even for a backup without records.
func TestRestoreHoldsTheKeys(t *testing.T) {
	s := newState(t)
	none := filepath.Join(s.dir, "none.db")
	if _, err := s.engine.Backup(t.Context(), none, made, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Restore(t.Context(), s.path, none, s.ring, sqlite.Restoring{}); !errors.Is(err, keys.ErrNoFile) {
		t.Errorf("no records, no keys: %v", err)
	}
	put(t, s.sealed, "a", "x")
	h := &held{Ring: s.ring}
	if _, err := sqlite.Restore(t.Context(), s.path, s.backup(t, "backup.db"), h, sqlite.Restoring{Replace: true}); err != nil || h.locked {
		t.Errorf("%v, still locked: %v", err, h.locked)
	}
	expectAll(t, s.sealed, map[string]string{"a": "x"})
}

func TestBackupRefuses(t *testing.T) {
	s := newState(t)
	put(t, s.sealed, "a", "x")
	path := filepath.Join(s.dir, "backup.db")
	writeFile(t, path, "mine")
	writeFile(t, filepath.Join(s.dir, "other.db.part"), "mine, too")
	for name, says := range map[string]string{"backup.db": "not overwritten", "other.db": "in the way", "missing/backup.db": "no such file"} {
		if _, err := s.engine.Backup(t.Context(), filepath.Join(s.dir, name), made, s.ring); err == nil ||
			!strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q", name, err, says)
		}
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "mine" {
		t.Errorf("%q, %v", content, err)
	}
	// With a record that does not open there is no backup, unless this is not checked.
	put(t, s.engine, "bad", strings.Repeat("bad ", 20))
	none := filepath.Join(s.dir, "none.db")
	if _, err := s.engine.Backup(t.Context(), none, made, s.ring); err == nil || !strings.Contains(err.Error(), `record "bad"`) {
		t.Errorf("%v; want the record's name", err)
	}
	if left, err := filepath.Glob(none + "*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if contents, err := s.engine.Backup(t.Context(), none, made, nil); err != nil || contents.Records != 2 {
		t.Errorf("without keys: %+v, %v", contents, err)
	}
}

// Without space for the restored records the store does not change, and works.
func TestRestoreWithoutSpace(t *testing.T) {
	s := newState(t)
	put(t, s.sealed, "a", strings.Repeat("large", 20000))
	path := s.backup(t, "backup.db")
	out, err := child(t, "fullrestore", path, filepath.Join(s.dir, "keys"), filepath.Join(t.TempDir(), "store.db")).Output()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// childFullRestore has no space for the restore into a store with one record.
func childFullRestore(ctx context.Context, args []string) error {
	backup, keyFile, path := args[0], args[1], args[2]
	ring := keys.NewRing(keyFile, rand.Reader)
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	sealed := store.Sealed(s, ring)
	v, err := sealed.Swap(ctx, "mine", 0, []byte("before"))
	if err != nil {
		return err
	}
	if err := limitFiles(48 << 10); err != nil {
		return err
	}
	if _, err := sqlite.Restore(ctx, path, backup, ring, sqlite.Restoring{Replace: true}); !errors.Is(err, protocol.ErrFull) {
		return fmt.Errorf("a restore without space: %v, want ErrFull", err)
	}
	rec, err := sealed.Get(ctx, "mine")
	if err != nil || string(rec.Value) != "before" || rec.Version != v {
		return fmt.Errorf("afterwards: %q version %d, %v", rec.Value, rec.Version, err)
	}
	if _, err := s.Get(ctx, "a"); !errors.Is(err, protocol.ErrNotFound) {
		return fmt.Errorf("something was restored: %v", err)
	}
	_, err = sealed.Swap(ctx, "mine", v, []byte("after"))
	return err
}
