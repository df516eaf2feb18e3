package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

// call calls Echo::list through the host, without a session.
func (f *fixture) call(t testing.TB) *protocol.Result {
	t.Helper()
	result, err := f.host.Invoke(t.Context(), f.newCall("Echo", "list"))
	if err != nil || result == nil {
		t.Fatalf("%v, %v", result, err)
	}
	return result
}

// refuses fails unless a call gets status 0, and the error text and the log have
// every part.
func (f *fixture) refuses(t testing.TB, parts ...string) {
	t.Helper()
	result := f.call(t)
	if result.Status != 0 {
		t.Errorf("the module was called: %s", result.Data)
		return
	}
	text := strings.Join(result.Errors, "\n")
	contains(t, "the caller's text", text, append(parts, "Echo::list gave no result: ", "The call had no effect")...)
	contains(t, "the log", strings.ReplaceAll(f.log.String(), `\"`, `"`), parts...)
}

func (f *fixture) works(t testing.TB) {
	t.Helper()
	if result := f.call(t); result.Status != 1 || string(result.Data) != "[1,2,3]" {
		t.Errorf("the call failed: %q", result.Errors)
	}
}

// modules starts a host with its own modules folder, which has the program Echo.
func modules(t *testing.T) (f *fixture, folder string) {
	t.Helper()
	folder = filepath.Join(shortDir(t), "parent", "modules")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return serve(t, func(s *setup) { s.Modules = folder }, inProcess(t, false)), folder
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// TestFolderModes: a program that an untrusted user could have changed is not run,
// and the error names it and the command that fixes it.
func TestFolderModes(t *testing.T) {
	for _, c := range []struct {
		name string
		on   func(folder string) string
		mode os.FileMode
		says string // the error; "": the call works; %s is the path
	}{
		{"folder open to all", own, 0o777, "%s may be changed by others (mode 0777), so it is not used; run: chmod go-w %s"},
		{"folder open to its group", own, 0o775, "%s may be changed by others (mode 0775)"},
		{"folder open to others", own, 0o757, "%s may be changed by others (mode 0757)"},
		{"folder open to all, but sticky", own, 0o777 | os.ModeSticky, "%s may be changed by others"},
		{"folder of the user alone", own, 0o700, ""},
		{"file open to all", below, 0o777, "%s may be changed by others (mode 0777), so it is not used; run: chmod go-w %s"},
		{"file open to its group", below, 0o775, "%s may be changed by others (mode 0775)"},
		{"file of the user alone", below, 0o700, ""},
		{"file that is not executable", below, 0o644, "%s could not be started: it is not executable; run: chmod +x %s"},
		{"parent open to all", filepath.Dir, 0o777, "which everybody may change, so it is not used; run: chmod o-w %s"},
		{"parent open to all, but sticky", filepath.Dir, 0o777 | os.ModeSticky, ""},
		{"parent open to its group", filepath.Dir, 0o775, ""}, // as /usr/local is on Debian
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, folder := modules(t)
			path := c.on(folder)
			chmod(t, path, c.mode)
			if c.says == "" {
				f.works(t)
				return
			}
			f.refuses(t, strings.ReplaceAll(c.says, "%s", path))
		})
	}
}

func own(folder string) string   { return folder }
func below(folder string) string { return filepath.Join(folder, "Echo") }

// TestFolderIsCheckedAgain: after a fix, the folder works without a restart.
func TestFolderIsCheckedAgain(t *testing.T) {
	t.Parallel()
	f, folder := modules(t)
	chmod(t, folder, 0o777)
	f.refuses(t, folder)
	chmod(t, folder, 0o755)
	f.works(t)
}

// TestFolderOwner: a module belongs to root or to the host's user.
func TestFolderOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give a file away, so this tests only the host's own files")
		f, _ := modules(t)
		f.works(t)
		return
	}
	for name, on := range map[string]func(string) string{"folder": own, "file": below} {
		t.Run(name, func(t *testing.T) {
			f, folder := modules(t)
			if err := os.Chown(on(folder), 65534, 65534); err != nil {
				t.Fatal(err)
			}
			f.refuses(t, on(folder)+" belongs to user 65534, neither to root nor to you, so it is not used; run: chown 0 "+on(folder))
		})
	}
}

// TestFolderLinks: the target of a link must be trusted.
func TestFolderLinks(t *testing.T) {
	f, folder := modules(t)
	real := filepath.Join(filepath.Dir(folder), "real")
	if err := os.Rename(below(folder), real); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, below(folder)); err != nil {
		t.Fatal(err)
	}
	chmod(t, real, 0o777)
	f.refuses(t, below(folder)+" may be changed by others")
	chmod(t, real, 0o755)
	f.works(t)

	f, folder = modules(t)
	open := filepath.Join(shortDir(t), "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(below(folder), filepath.Join(open, "real")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(open, "real"), below(folder)); err != nil {
		t.Fatal(err)
	}
	chmod(t, open, 0o777)
	f.refuses(t, below(folder)+" lies in "+open+", which everybody may change")
}

// TestFolderMissing: the folder is missing, not set, or has no such program.
func TestFolderMissing(t *testing.T) {
	f, folder := modules(t)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	f.refuses(t, folder, "no such file or directory")
	f = serve(t, func(s *setup) { s.Builtin, s.Modules = nil, "" })
	f.refuses(t, "no modules folder is set; use --modules, LIVEAPI_MODULES or the configuration file")
	f = serve(t, func(s *setup) { s.Builtin = nil })
	result := f.call(t)
	contains(t, "no program", strings.Join(result.Errors, ""), "Failed to load module “Echo”: ", "Can't locate Cpanel/API/Echo.pm in @INC")
}

// TestFolderHidden: hidden files and folders are not programs.
func TestFolderHidden(t *testing.T) {
	f, folder := modules(t)
	program(t, folder, ".Echo", "echo garbage")
	if err := os.Mkdir(filepath.Join(folder, "Aaa"), 0o777); err != nil {
		t.Fatal(err)
	}
	f.works(t)
	f.host.Invoke(t.Context(), f.newCall("Nothing", "f")) // asks every program
	if log := f.log.String(); strings.Contains(log, "Aaa") || strings.Contains(log, ".Echo") {
		t.Errorf("a hidden file or a folder was used as a program:\n%s", log)
	}
}

// TestFolderBadPrograms: if a program does not start, the caller's error and the log
// name its file.
func TestFolderBadPrograms(t *testing.T) {
	for _, c := range []struct{ name, first, says string }{
		{"garbage before the handshake", "echo 'Loading settings ...'", `it prints "Loading settings ..." instead of go-plugin's handshake`},
		{"ends at once", "echo 'no database' >&2; exit 3", "it ended before its handshake (exit status 3), saying: no database"},
		{"no such interpreter", "", "no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, folder := modules(t)
			path := program(t, folder, "Echo", c.first)
			if c.first == "" {
				if err := os.WriteFile(path, []byte("#!/no/such/shell\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			f.refuses(t, path, c.says)
		})
	}
}

// TestFolderStrayPrint: a module that prints to standard output does no harm, and the
// log names its file.
func TestFolderStrayPrint(t *testing.T) {
	f, folder := modules(t)
	c := f.dial(t)
	for range 3 {
		contains(t, "the call that prints", c.ask(uapiCall("stray", "{}")), `"data":1`)
		c.alive()
	}
	f.log.await(t, "a stray print of the module")
	contains(t, "the log", f.log.String(), below(folder))
}
