package migrate_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"liveapi.host/plugins/twofactorauth/migrate"
)

// A folder that another user controls may contain anything. Only a private file of
// that user is opened, and the call never blocks.
func TestOpenPrivate(t *testing.T) {
	dir := t.TempDir()
	uid := os.Getuid()
	make := func(name string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(name), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	path := func(name string) string { return filepath.Join(dir, name) }

	for _, mode := range []os.FileMode{0o600, 0o400} {
		f, err := migrate.OpenPrivate(make("good"+mode.String(), mode), uid)
		if err != nil {
			t.Fatalf("mode %04o: %v", mode, err)
		}
		text, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil || !strings.HasPrefix(string(text), "good") {
			t.Errorf("mode %04o: %q, %v", mode, text, err)
		}
	}

	check(os.Symlink(make("target", 0o600), path("link")))
	check(os.Symlink("/nowhere", path("dangling")))
	check(os.Symlink("loop", path("loop")))
	check(syscall.Mkfifo(path("fifo"), 0o600))
	check(os.Mkdir(path("folder"), 0o700))
	check(os.Link(make("first", 0o600), path("second")))
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	defer syscall.Close(fd)
	check(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path("socket")}))

	cases := map[string]struct {
		path, want string
		uid        int
	}{
		"a link":            {path("link"), "it is a link", uid},
		"a dangling link":   {path("dangling"), "it is a link", uid},
		"a loop":            {path("loop"), "it is a link", uid},
		"a pipe":            {path("fifo"), "it is not a regular file", uid},
		"a folder":          {path("folder"), "it is not a regular file", uid},
		"a device":          {"/dev/null", "it is not a regular file", 0},
		"a socket":          {path("socket"), "", uid}, // open(2) itself refuses
		"a hard link":       {path("second"), "it has a second name", uid},
		"its first name":    {path("first"), "it has a second name", uid},
		"another's file":    {path("target"), "it does not belong to the account (uid 4711)", 4711},
		"nobody's file":     {path("missing"), "no such file", uid},
		"readable by group": {make("g", 0o640), "its mode is 0640", uid},
		"readable by all":   {make("o", 0o604), "its mode is 0604", uid},
		"writable by group": {make("w", 0o620), "its mode is 0620", uid},
	}
	if uid == 0 {
		theirs := make("theirs", 0o600)
		check(os.Chown(theirs, 65534, 65534))
		cases["a file that root can read"] = struct {
			path, want string
			uid        int
		}{theirs, "it does not belong to the account", 0}
		if f, err := migrate.OpenPrivate(theirs, 65534); err != nil {
			t.Errorf("the file of another account: %v", err)
		} else {
			f.Close()
		}
	}
	for name, c := range cases {
		f, err := migrate.OpenPrivate(c.path, c.uid)
		if f != nil {
			f.Close()
		}
		if f != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, f, err, c.want)
		}
	}
	if _, err := migrate.OpenPrivate(path("missing"), uid); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
