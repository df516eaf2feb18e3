package keys_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
)

// keyLine returns a line of a key file, with any key.
func keyLine(id string, b byte) string {
	return id + " xchacha20-poly1305 " + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) + "\n"
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeyFileIsMadeOnFirstUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "keys")
	s := store.Sealed(newSQLite(t), keys.NewRing(path, rand.Reader))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the key file is there before its first use: %v", err)
	}
	put(t, s, "a", "one")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(before), "liveapi keys 1\n#") {
		t.Errorf("the key file begins with %.40q", before)
	}
	if _, err := keys.OpenRing(t.Context(), path, rand.Reader); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key file changed: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestKeyFileRefused(t *testing.T) {
	good := "liveapi keys 1\n" + keyLine("00000001", 7)
	tests := []struct{ name, content, says string }{
		{"empty", "", "its end is missing"},
		{"other title", strings.Replace(good, "1", "2", 1), "first line"},
		{"cut off", strings.TrimSuffix(good, "\n"), "its end is missing"},
		{"cut off within a key", good[:len(good)-9] + "\n", "line 2: its key must be 32 bytes"},
		{"no key", "liveapi keys 1\n# none\n\n", "it has no key"},
		{"short id", "liveapi keys 1\n" + keyLine("1", 7), "line 2: it must be an id"},
		{"id in upper case", "liveapi keys 1\n" + keyLine("0000000A", 7), "line 2: its id must be"},
		{"id that is no number", "liveapi keys 1\n" + keyLine("0000000g", 7), "line 2: its id must be"},
		{"id twice", good + keyLine("00000001", 8), "line 3: its id is used twice"},
		{"other use", strings.Replace(good, "xchacha20", "rot13", 1), "line 2: it must be an id"},
		{"windows line ends", strings.ReplaceAll(good, "\n", "\r\n"), "first line"},
		{"key with blanks", strings.Replace(good, "poly1305 ", "poly1305  ", 1), "line 2: it must be an id"},
		{"large", good + strings.Repeat("#\n", 1<<16), "more than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			writeFile(t, path, test.content)
			_, err := keys.OpenRing(t.Context(), path, rand.Reader)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error is %v, want one that says %q and the path", err, test.says)
			}
			if strings.Contains(err.Error(), "BwcHBwcH") {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}

// A user who can read the key file could open every record.
func TestKeyFileOfOthersIsRefused(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o620, 0o604, 0o602, 0o610, 0o601, 0o644, 0o666} {
		path := filepath.Join(t.TempDir(), "keys")
		ring := keys.NewRing(path, rand.Reader)
		writeFile(t, path, "liveapi keys 1\n"+keyLine("00000001", 7))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := ring.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %04o: error is %v, want one that says what to do", mode, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := ring.Load(t.Context()); err != nil {
			t.Errorf("the same key ring, after it was repaired: %v", err)
		}
	}
}

func TestKeyFileThatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir} {
		if _, err := keys.OpenRing(t.Context(), path, rand.Reader); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Every key opens its own records; the last key seals. A key that was added while the
// host runs is found.
func TestSeveralKeys(t *testing.T) {
	engine := newSQLite(t)
	path := filepath.Join(t.TempDir(), "keys")
	content := "liveapi keys 1\n" + keyLine("00000001", 1)
	writeFile(t, path, content)
	running := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	put(t, running, "first", "one")

	content += "# later\n\n" + keyLine("fffffffe", 2)
	writeFile(t, path, content)
	later := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	put(t, later, "second", "two")
	want(t, later, "first", "one")
	want(t, running, "second", "two")
	put(t, running, "third", "three") // it seals with the new key now
	for key, id := range map[string]string{"first": "00000001", "second": "fffffffe", "third": "fffffffe"} {
		rec, err := engine.Get(t.Context(), key)
		if err != nil || fmt.Sprintf("%x", rec.Value[:5]) != "01"+id {
			t.Errorf("%s begins with %x, %v; want the format 01 and the key id %s", key, rec.Value[:5], err, id)
		}
	}

	writeFile(t, path, "liveapi keys 1\n"+keyLine("fffffffe", 2)) // the old key is gone
	without := store.Sealed(engine, keys.NewRing(path, rand.Reader))
	want(t, without, "second", "two")
	unopened(t, without, "first", "sealed with the key 00000001, which is not in the key file "+path)
	writeFile(t, path, content) // and is back
	want(t, without, "first", "one")

	writeFile(t, path, "liveapi keys 1\n"+keyLine("00000001", 9)+keyLine("fffffffe", 2)) // another key of the same id
	unopened(t, store.Sealed(engine, keys.NewRing(path, rand.Reader)), "first", "was changed, or belongs to another")
}

// Processes with many goroutines that start at the same time use one key.
func TestKeyFileRace(t *testing.T) {
	for round := range 4 {
		dir := t.TempDir()
		path, keyFile := filepath.Join(dir, "store.db"), filepath.Join(dir, "new", "keys")
		var cmds []*exec.Cmd
		for i := range 5 {
			cmd := child(t, "keys", path, keyFile, fmt.Sprintf("process-%d", i))
			start(t, cmd)
			cmds = append(cmds, cmd)
		}
		engine := openSQLite(t, path)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				name := fmt.Sprintf("here-%d", i)
				if _, err := store.Sealed(engine, keys.NewRing(keyFile, rand.Reader)).Swap(t.Context(), name, 0,
					[]byte("value of "+name)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i, cmd := range cmds {
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		}
		recs, err := store.Sealed(engine, keys.NewRing(keyFile, rand.Reader)).List(t.Context(), "", "", 100)
		if err != nil || len(recs) != 13 {
			t.Fatalf("round %d: %d records open, %v", round, len(recs), err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "new", ".*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestKeyRingPrintsNoKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	writeFile(t, path, "liveapi keys 1\n"+keyLine("00000001", 'K'))
	ring, err := keys.OpenRing(t.Context(), path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", ring)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("ring", "ring", ring)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("ring", "ring", ring)
	for _, form := range []string{"KKKK", "S0tLS0tL", "4b4b4b4b", "75 75 75", "0x4b, 0x4b"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed as %q: %s", form, out.String())
		}
	}
}
