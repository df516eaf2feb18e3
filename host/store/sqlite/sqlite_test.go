package sqlite_test

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	modernc "modernc.org/sqlite"

	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// rawSQLite opens a connection of its own to the database, as a tool would.
func rawSQLite(path string) (driver.Conn, error) {
	k, err := modernc.NewConnector("file:" + path + "?mode=rw")
	if err != nil {
		return nil, err
	}
	return k.Connect(context.Background())
}

func execSQLite(c driver.Conn, query string, args ...driver.Value) error {
	var values []driver.NamedValue
	for i, arg := range args {
		values = append(values, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	_, err := c.(driver.ExecerContext).ExecContext(context.Background(), query, values)
	return err
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tamper runs statements on the database without the store.
func tamper(t testing.TB, path, query string, args ...driver.Value) {
	t.Helper()
	c, err := rawSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(execSQLite(c, query, args...), c.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	top := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(top, "liveapi", "store.db")
	s := openSQLite(t, path)
	put(t, s, "a", "x") // -wal and -shm are there now
	ring := keys.NewRing(filepath.Join(top, "liveapi", "keys"), rand.Reader)
	if err := ring.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		names = append(names, filepath.Base(name))
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %04o, want %04o", name, info.Mode().Perm(), mode)
		}
		return nil
	})
	if err != nil || strings.Join(names, " ") != "state liveapi keys store.db store.db-shm store.db-wal" {
		t.Errorf("files: %v, %v", names, err)
	}
}

func TestPathsWithPatternsAndQueries(t *testing.T) {
	for _, name := range []string{"a b", "what?mode=memory", "100%41", "a#b", "ü", "file:x", "a&b=c"} {
		dir := filepath.Join(t.TempDir(), name)
		s := openSQLite(t, filepath.Join(dir, name))
		put(t, s, "a", "x")
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a\x00b")); err == nil {
		t.Error("a path with a zero byte was opened")
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		says string
	}{
		{"newer schema", func(t *testing.T, path string) { tamper(t, path, "PRAGMA user_version=2") }, "is of a newer liveapi"},
		{"unknown schema", func(t *testing.T, path string) { tamper(t, path, "PRAGMA user_version=0") }, "is unknown"},
		{"another program's database", func(t *testing.T, path string) { tamper(t, path, "PRAGMA application_id=7") }, "another program"},
		{"empty file", func(t *testing.T, path string) { overwrite(t, path, 0, nil) }, "the file is empty"},
		{"not a database", func(t *testing.T, path string) { overwrite(t, path, 0, []byte(strings.Repeat("text ", 2000))) }, "is damaged: "},
		{"a folder", func(t *testing.T, path string) { replaceByFolder(t, path) }, "cannot be opened or written"},
		{"a link to nothing", func(t *testing.T, path string) { replaceByLink(t, path) }, "the file cannot be found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			s := openSQLite(t, path)
			put(t, s, "a", "x")
			s.Close()
			test.make(t, path)
			s, err := sqlite.Open(t.Context(), path)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %q does not say %q and the path", err, test.says)
			}
		})
	}
}

// overwrite overwrites a file from this page on.
func overwrite(t *testing.T, path string, page int, content []byte) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(old[:page*4096:page*4096], content...), 0o600); err != nil {
		t.Fatal(err)
	}
}

func replaceByFolder(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
}

func replaceByLink(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Symlink(path+".gone", path)); err != nil {
		t.Fatal(err)
	}
}

// A damaged database must say so: "not found" would mean "not configured".
func TestDamagedPageIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openSQLite(t, path)
	put(t, s, "a", "x")
	s.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, 1, []byte(strings.Repeat("\xff", int(info.Size())-4096)))
	s = openSQLite(t, path)
	_, getErr := s.Get(t.Context(), "a")
	_, listErr := s.List(t.Context(), "", "", 10)
	_, swapErr := s.Swap(t.Context(), "b", 0, []byte("x"))
	for name, err := range map[string]error{"Get": getErr, "List": listErr, "Swap": swapErr} {
		if err == nil || protocol.CodeOf(err) != protocol.CodeInternal || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: error is %v, want one that says damaged", name, err)
		}
	}
}

// A file that is removed while the host runs must not be made again.
func TestMissingLaterIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openSQLite(t, path)
	put(t, s, "a", "x")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if _, err := s.Swap(t.Context(), "b", 0, []byte("x")); err == nil {
			t.Error("stored in a file that nobody will find")
		}
	}
	if _, err := s.Get(t.Context(), "a"); err == nil || errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("Get: %v; want that the store cannot be opened", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there again: %v", err)
	}
}

// A copy that was restored while the host runs is used at once, and open connections to
// the old file do not damage it.
func TestRestoredCopyIsUsed(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "store.db"), filepath.Join(dir, "other.db")
	s, s2 := openSQLite(t, path), openSQLite(t, path)
	put(t, s, "a", "old")
	put(t, s2, "b", "old")
	copied := openSQLite(t, other)
	put(t, copied, "a", "restored")
	copied.Close()
	if err := errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm"), os.Rename(other, path)); err != nil {
		t.Fatal(err)
	}
	want(t, s, "a", "restored")
	put(t, s, "b", "new")
	want(t, s2, "a", "restored") // it drops its connection to the old file
	s2.Close()
	want(t, s, "b", "new")
	want(t, openSQLite(t, path), "b", "new")
}

func TestMaxBytesIsErrFull(t *testing.T) {
	s := openSQLite(t, filepath.Join(t.TempDir(), "store.db"), sqlite.MaxBytes(256<<10))
	a := put(t, s, "a", "small")
	if _, err := s.Swap(t.Context(), "b", 0, make([]byte, 1<<20)); !errors.Is(err, protocol.ErrFull) {
		t.Fatalf("Swap above the limit: %v, want ErrFull", err)
	}
	if _, err := s.Get(t.Context(), "b"); !errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("something was written: %v", err)
	}
	if _, err := s.Swap(t.Context(), "a", a, []byte("larger")); err != nil {
		t.Errorf("a small Swap afterwards: %v", err)
	}
	want(t, s, "a", "larger")
}

// When another process keeps the store locked, a Swap fails after the longest wait or
// when its context ends; reading still works.
func TestLockedByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openSQLite(t, path, sqlite.MaxWait(50*time.Millisecond))
	v := put(t, s, "a", "x")
	lock := child(t, "lock", path)
	stdin, err := lock.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := start(t, lock)
	if line := <-lines; line != "locked" {
		t.Fatalf("the other process says %q", line)
	}
	if _, err := s.Swap(t.Context(), "a", v, []byte("y")); !errors.Is(err, protocol.ErrUnavailable) {
		t.Errorf("Swap of a locked store: %v, want ErrUnavailable", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Swap(ctx, "a", v, []byte("y")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Swap of a locked store: %v, want that the deadline is exceeded", err)
	}
	want(t, s, "a", "x")
	stdin.Close()
	if err := lock.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Swap(t.Context(), "a", v, []byte("y")); err != nil {
		t.Errorf("Swap when the lock has gone: %v", err)
	}
}

func TestClosed(t *testing.T) {
	s := newSQLite(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Get(t.Context(), "a"); err == nil || errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("Get of a closed store: %v", err)
	}
}

// A deleted key leaves no data, and its versions continue.
func TestDeletedKeysLeaveNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openSQLite(t, path)
	for _, key := range []string{"canary-one", "canary-two"} {
		v := put(t, s, key, "x")
		if _, err := s.Swap(t.Context(), key, v, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	s = openSQLite(t, path)
	if v := put(t, s, "canary-one", "x"); v < 2 {
		t.Errorf("version %d after the store was opened again; versions restart", v)
	}
	if recs, err := s.List(t.Context(), "", "", 10); err != nil || len(recs) != 1 {
		t.Errorf("List: %d records, %v", len(recs), err)
	}
}
