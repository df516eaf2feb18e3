package unix_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/sys/identity"
)

func listen(t *testing.T, s unix.Socket) *net.UnixListener {
	t.Helper()
	l, err := unix.Listen(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// reachable fails unless l accepts a connection to path.
func reachable(t *testing.T, l *net.UnixListener, path string) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	l.SetDeadline(time.Now().Add(patience))
	if accepted, err := l.Accept(); err != nil {
		t.Error(err)
	} else {
		accepted.Close()
	}
}

func TestListenMode(t *testing.T) {
	usual := os.FileMode(0o600)
	if os.Geteuid() == 0 {
		usual = 0o666
	}
	for mode, want := range map[os.FileMode]os.FileMode{0: usual, 0o600: 0o600, 0o660: 0o660, 0o666: 0o666} {
		path := filepath.Join(shortDir(t), "below", "sock") // Listen creates the folder
		l := listen(t, unix.Socket{Path: path, Mode: mode})
		info, err := os.Stat(path)
		if err != nil || info.Mode() != os.ModeSocket|want {
			t.Errorf("mode %o: %v, %v", mode, info.Mode(), err)
		}
		reachable(t, l, path)
		l.Close()
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Close did not remove the socket: %v", err)
		}
	}
}

// TestListenOwner: by name and by number; an unknown one is an error and leaves
// no socket.
func TestListenOwner(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	uid, gid := os.Geteuid(), os.Getegid()
	owner := func(s unix.Socket, wantUID, wantGID int) {
		t.Helper()
		s.Path = path
		l := listen(t, s)
		defer l.Close()
		var st syscall.Stat_t
		if err := syscall.Stat(path, &st); err != nil || int(st.Uid) != wantUID || int(st.Gid) != wantGID || st.Mode&0o777 != 0o660 {
			t.Errorf("%+v: owner %d, group %d, mode %o, %v", s, st.Uid, st.Gid, st.Mode, err)
		}
	}
	owner(unix.Socket{Mode: 0o660, Owner: identity.Account(uid), Group: fmt.Sprint(gid)}, uid, gid)
	owner(unix.Socket{Mode: 0o660, Owner: fmt.Sprint(uid)}, uid, gid)
	if uid == 0 {
		owner(unix.Socket{Mode: 0o660, Owner: "nobody", Group: "nogroup"}, 65534, 65534)
		owner(unix.Socket{Mode: 0o660, Group: "12345"}, 0, 12345)
	}
	for _, s := range []unix.Socket{{Owner: "no-such-user"}, {Group: "no-such-group"}} {
		s.Path = path
		if _, err := unix.Listen(s); err == nil || !strings.Contains(err.Error(), "no-such-") {
			t.Errorf("%+v: %v", s, err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a socket without its owner was not removed: %v", err)
		}
	}
}

// stale leaves a socket on which nobody listens.
func stale(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestListenReplacesAStaleSocket(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	stale(t, path)
	reachable(t, listen(t, unix.Socket{Path: path}), path)
}

// TestListenRefusals: when something else is at the path, the error says what it
// is, and it is not changed.
func TestListenRefusals(t *testing.T) {
	dir := shortDir(t)
	path := filepath.Join(dir, "sock")
	check := func(what string, make func() error, want string) {
		t.Helper()
		defer os.Remove(path)
		if err := make(); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Lstat(path)
		l, err := unix.Listen(unix.Socket{Path: path})
		if err == nil {
			l.Close()
			t.Errorf("%s is replaced", what)
			return
		}
		contains(t, what, err.Error(), path, want)
		if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s is gone: %v", what, err)
		}
	}
	check("a file", func() error { return os.WriteFile(path, []byte("precious"), 0o600) }, "is not a socket; move it away")
	check("a folder", func() error { return os.Mkdir(path, 0o700) }, "is not a socket")
	check("a link to a socket", func() error {
		stale(t, filepath.Join(dir, "other"))
		return os.Symlink("other", path)
	}, "is not a socket")
	check("a dangling link", func() error { return os.Symlink("nowhere", path) }, "is not a socket")

	living := listen(t, unix.Socket{Path: path})
	if _, err := unix.Listen(unix.Socket{Path: path}); err == nil {
		t.Error("a living socket is replaced")
	} else {
		contains(t, "the error", err.Error(), path, "a host is listening", "stop it or choose another path")
	}
	living.SetDeadline(time.Now().Add(patience))
	if probe, err := living.Accept(); err == nil {
		probe.Close()
	}
	reachable(t, living, path)

	long := filepath.Join(dir, strings.Repeat("x", 120))
	if _, err := unix.Listen(unix.Socket{Path: long}); err == nil {
		t.Error("a path that is too long is taken")
	} else {
		contains(t, "the error", err.Error(), long, fmt.Sprint(len(long), " bytes"), "107", "shorter")
	}
	fits := filepath.Join(dir, strings.Repeat("x", 107-len(dir)-1))
	reachable(t, listen(t, unix.Socket{Path: fits}), fits)
}

// TestListenRace: when several hosts start at once on a stale socket, exactly one
// gets it.
func TestListenRace(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	for round := range 200 {
		stale(t, path)
		var mu sync.Mutex
		var won []*net.UnixListener
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if l, err := unix.Listen(unix.Socket{Path: path}); err == nil {
					mu.Lock()
					won = append(won, l)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, l := range won {
			l.SetUnlinkOnClose(false)
			defer l.Close()
		}
		if len(won) != 1 {
			t.Fatalf("round %d: %d hosts got the socket", round, len(won))
		}
		won[0].Close()
		os.Remove(path)
	}
}

// TestListenDespiteALock: a lock on the folder does not stop a host, because any
// user can hold it.
func TestListenDespiteALock(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	held, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sock")
	reachable(t, listen(t, unix.Socket{Path: path}), path)
}

// TestListenInherited: the host uses a socket from a service manager unchanged, if
// it is meant for this process.
func TestListenInherited(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unixFile := func(t *testing.T) (*os.File, string) {
		path := filepath.Join(shortDir(t), "passed")
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		l.Close()
		return file, path
	}
	for _, c := range []struct{ name, env, says string }{
		{"meant for it", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=liveapi`, "served\n"},
		{"meant for another", `LISTEN_PID=1 LISTEN_FDS=1`, "own\n"},
		{"none", `LISTEN_PID=$$`, "own\n"},
		{"two", `LISTEN_PID=$$ LISTEN_FDS=2`, "LISTEN_FDS is 2: exactly one socket can be served\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, path := unixFile(t)
			defer file.Close()
			own := filepath.Join(shortDir(t), "own")
			cmd := exec.Command("/bin/sh", "-c", "export "+c.env+"; exec \"$0\" be listener", binary)
			cmd.Env = []string{"SOCKET=" + own, "HOME=/"}
			cmd.ExtraFiles = []*os.File{file}
			if c.says == "served\n" {
				conn, err := net.Dial("unix", path)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				defer func() {
					if said, err := io.ReadAll(conn); string(said) != identity.Own() || err != nil {
						t.Errorf("the child says that %q calls, %v", said, err)
					}
				}()
			}
			said, err := cmd.Output()
			if string(said) != c.says {
				t.Errorf("the child says %q, %v; want %q", said, err, c.says)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("the service manager's socket is gone: %v", err)
			}
		})
	}
	t.Run("not a unix stream socket", func(t *testing.T) {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		file, err := tcp.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" be listener`, binary)
		cmd.ExtraFiles = []*os.File{file}
		if said, _ := cmd.Output(); !bytes.Contains(said, []byte("tcp socket; a unix stream socket is needed")) {
			t.Errorf("the child says %q", said)
		}
	})
}

// beListener listens as a host does, serves one connection if the socket was
// inherited, and prints what it found.
func beListener() int {
	l, err := unix.Listen(unix.Socket{Path: os.Getenv("SOCKET")})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer l.Close()
	if l.Addr().String() == os.Getenv("SOCKET") {
		fmt.Println("own")
		return 0
	}
	if os.Getenv("LISTEN_FDS")+os.Getenv("LISTEN_PID")+os.Getenv("LISTEN_FDNAMES") != "" {
		fmt.Println("the LISTEN variables are still set, so a child process would use them")
	}
	ctx, stop := context.WithCancel(context.Background())
	server := unix.Server{Log: hclog.NewNullLogger(), Serve: func(_ context.Context, conn *net.UnixConn, caller call.Caller) {
		io.WriteString(conn, caller.Account)
		conn.Close()
		stop()
	}}
	server.Run(ctx, l)
	fmt.Println("served")
	return 0
}

// The test binary is also the process that inherits the socket.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "be" {
		os.Exit(beListener())
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for an event that must happen.
const patience = 10 * time.Second

// shortDir returns a folder that only this user may enter, with a path short enough
// for a socket below it.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "liveapi-t-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// contains fails unless text has every part.
func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not say %q: %s", what, part, text)
		}
	}
}
