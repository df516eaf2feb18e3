package accounts_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"liveapi.host/host/accounts"
	"liveapi.host/protocol"
)

// TestSourceSeesChanges: a change of the file or of the user database counts at once.
func TestSourceSeesChanges(t *testing.T) {
	f := newFixture(t)
	f.age()
	f.passwd(t, "ann:x:1001:1001::/home/ann:/bin/sh\n")
	if a := f.account(t, "ann"); a.Home != "/home/ann" || a.Domains != nil || !a.Features.Has("x") {
		t.Errorf("without a file: %+v", a)
	}
	f.write(t, "ann", "{domain: a.b, demo: true}")
	first := f.account(t, "ann")
	if !first.Demo || first.Domains[0].Root != "/home/ann/public_html" {
		t.Errorf("with a file: %+v", first)
	}
	if f.account(t, "ann") != first {
		t.Error("nothing changed, but the account was joined again")
	}
	f.write(t, "ann", "{domain: c.d, demo: true}") // of the same size
	if a := f.account(t, "ann"); a.Domains[0].Name != "c.d" {
		t.Errorf("after a change: %+v", a)
	}
	must(t, os.WriteFile(f.path("ann")+".new", []byte("{domain: e.f, demo: true}"), 0o600))
	must(t, os.Rename(f.path("ann")+".new", f.path("ann")))
	if a := f.account(t, "ann"); a.Domains[0].Name != "e.f" {
		t.Errorf("after a rename: %+v", a)
	}
	f.passwd(t, "ann:x:1001:1001::/home/new:/bin/sh\n")
	if a := f.account(t, "ann"); a.Home != "/home/new" || a.Domains[0].Root != "/home/new/public_html" || !a.Demo {
		t.Errorf("after a move: %+v", a)
	}
	must(t, os.Remove(f.path("ann")))
	if a := f.account(t, "ann"); a.Demo || a.Home != "/home/new" {
		t.Errorf("without its file: %+v", a)
	}
	f.passwd(t, "")
	if a, err := f.source.Account(t.Context(), "ann"); !errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("gone: %+v %v", a, err)
	}
	f.write(t, "ann", "{}")
	if a := f.account(t, "ann"); a.UID != -1 || a.GID != -1 || a.Name != "ann" {
		t.Errorf("a file alone: %+v", a)
	}
}

// TestSourceNamesAreNoPaths: a name that is not a SafeName reaches no file; it is
// still looked up in the user database.
func TestSourceNamesAreNoPaths(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, "é:x:1001:1001::/home/e:/bin/sh\n")
	must(t, os.WriteFile(f.folder+"/../out.yaml", []byte("demo: true"), 0o600))
	for _, name := range []string{"../out", "../accounts/../out", "", ".", "/etc/passwd", "a\x00b"} {
		if a, err := f.source.Account(t.Context(), name); !errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("%q: %+v %v", name, a, err)
		}
	}
	if a := f.account(t, "é"); a.UID != 1001 {
		t.Errorf("%+v", a)
	}
}

// TestSourceFailsClosed: an untrusted folder or file and an unreadable user database
// are errors.
func TestSourceFailsClosed(t *testing.T) {
	closed := func(t *testing.T, f *fixture, name, says string) {
		t.Helper()
		a, err := f.source.Account(t.Context(), name)
		var coded *protocol.Error
		if a != nil || !errors.As(err, &coded) || coded.Code != protocol.CodeUnavailable || !strings.Contains(coded.Err.Error(), says) ||
			strings.Contains(coded.Text, f.folder) {
			t.Errorf("%+v %v", a, err)
		}
	}
	f := newFixture(t)
	f.passwd(t, "ann:x:1001:1001::/home/ann:/bin/sh\nbob:x:1002:1001::/home/ann:/bin/sh\n")
	f.write(t, "ann", "demo: false")
	must(t, os.Chmod(f.path("ann"), 0o666))
	closed(t, f, "ann", "may be changed by others")
	must(t, os.Chmod(f.folder, 0o777))
	closed(t, f, "bob", "may be changed by others")
	must(t, os.Chmod(f.folder, 0o755))
	f.account(t, "bob")
	f.write(t, "ann", strings.Repeat("#", 1<<20)+"\n")
	closed(t, f, "ann", "has 1048577 bytes; at most 1048576 are read")
	if os.Geteuid() == 0 {
		f.write(t, "ann", "demo: false")
		must(t, os.Chown(f.path("ann"), 65534, 0))
		closed(t, f, "ann", "belongs to user 65534")
	}
	must(t, os.Remove(f.users))
	must(t, os.Mkdir(f.users, 0o755))
	closed(t, f, "bob", "is a folder")
	f.write(t, "cat", "demo: false")
	closed(t, f, "cat", "is a folder")
}

// TestSourceConcurrently: many lookups while files change.
func TestSourceConcurrently(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, "ann:x:1001:1001::/home/ann:/bin/sh\n")
	f.write(t, "ann", "{domain: a.b, plan: a.b}")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				a, err := f.source.Account(t.Context(), "ann")
				if err != nil || a.Plan != a.Domains[0].Name || a.Home != "/home/ann" {
					t.Errorf("%+v %v", a, err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, domain := range strings.Fields(strings.Repeat("c.d e.f long.example ", 50)) {
		must(t, os.WriteFile(f.path("ann")+".new", []byte("{domain: "+domain+", plan: "+domain+"}"), 0o600))
		must(t, os.Rename(f.path("ann")+".new", f.path("ann")))
	}
	close(done)
	readers.Wait()
	if a := f.account(t, "ann"); a.Plan != "long.example" {
		t.Errorf("at the end: %+v", a)
	}
}

// TestSourceWithoutUsers: only the folder, which may be missing.
func TestSourceWithoutUsers(t *testing.T) {
	f := newFixture(t)
	f.write(t, "ann", "plan: x")
	alone := accounts.New(f.folder, nil, time.Now)
	if a, err := alone.Account(t.Context(), "ann"); err != nil || a.Plan != "x" || a.UID != -1 {
		t.Errorf("%+v %v", a, err)
	}
	none := accounts.New(f.folder+"/none", nil, time.Now)
	if _, err := none.Account(t.Context(), "ann"); !errors.Is(err, protocol.ErrNotFound) {
		t.Error(err)
	}
	if names, err := none.Names(); len(names) != 0 || err != nil {
		t.Error(names, err)
	}
	if found := none.Check(t.Context()); len(found) != 0 {
		t.Error(found)
	}
}
