package unix

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"golang.org/x/sys/unix"
)

// Socket says where a host listens.
type Socket struct {
	Path  string
	Mode  os.FileMode // permission bits; 0: 0600 for a user, 0666 for root, where the kernel identifies each caller
	Owner string      // a user's name or number; "": unchanged
	Group string      // a group's name or number; "": unchanged
}

// maxSocketPath is what fits into sun_path with its final zero.
const maxSocketPath = 107

// Attempts to lock the socket's folder.
const (
	lockWait  = time.Second          // for all attempts
	lockPause = 5 * time.Millisecond // between two
)

// Listen returns the socket that a service manager has passed to this process
// (LISTEN_FDS, sd_listen_fds(3)). If there is none, it creates the one that s
// describes.
func Listen(s Socket) (*net.UnixListener, error) {
	if l, err := inheritedListener(); l != nil || err != nil {
		return l, err
	}
	if err := s.fits(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o755); err != nil {
		return nil, fmt.Errorf("create the socket's folder: %w", err)
	}
	defer oneAtATime(filepath.Dir(s.Path))()
	if err := removeStale(s.Path); err != nil {
		return nil, err
	}
	return s.Bind()
}

func (s Socket) fits() error {
	if len(s.Path) > maxSocketPath {
		return fmt.Errorf("the socket's path has %d bytes, the kernel allows %d; choose a shorter one: %s",
			len(s.Path), maxSocketPath, s.Path)
	}
	return nil
}

// oneAtATime locks the folder, so that two hosts that start at the same moment do
// not take each other's new socket for the stale one and remove it. Every user who
// can read the folder can hold the lock, so after lockWait the host goes on without it.
func oneAtATime(folder string) (done func()) {
	dir, err := os.Open(folder)
	if err != nil {
		return func() {}
	}
	for until := time.Now().Add(lockWait); time.Now().Before(until); time.Sleep(lockPause) {
		if !errors.Is(unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
			break
		}
	}
	return func() { dir.Close() }
}

func inheritedListener() (*net.UnixListener, error) {
	passed := activation.Files(true)
	defer func() {
		for _, f := range passed {
			f.Close() // FileListener has its own copy
		}
	}()
	switch len(passed) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, fmt.Errorf("LISTEN_FDS is %d: exactly one socket can be served", len(passed))
	}
	l, err := net.FileListener(passed[0])
	if err != nil {
		return nil, fmt.Errorf("use the socket of LISTEN_FDS: %w", err)
	}
	ul, ok := l.(*net.UnixListener)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("the socket of LISTEN_FDS is a %s socket; a unix stream socket is needed", l.Addr().Network())
	}
	ul.SetUnlinkOnClose(false) // it belongs to the service manager
	return ul, nil
}

// removeStale removes the socket of a host that no longer runs, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket; move it away or choose another path", path)
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return fmt.Errorf("a host is listening on %s already; stop it or choose another path", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("find out whether a host listens on %s: %w", path, err)
	}
	return os.Remove(path)
}

// Bind creates the socket; the path must be free. The socket is closed to other
// users until its owner is set. Its mode is set with fchmod before bind, which
// Linux respects: a umask would apply to the whole process, and so to the files
// that other goroutines create meanwhile.
func (s Socket) Bind() (*net.UnixListener, error) {
	if err := s.fits(); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failure error
		err := raw.Control(func(fd uintptr) { failure = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, failure)
	}}
	l, err := config.Listen(context.Background(), "unix", s.Path)
	if err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		l.Close()
		return nil, err
	}
	return l.(*net.UnixListener), nil
}

func (s Socket) open() error {
	uid, gid := -1, -1
	var err error
	if s.Owner != "" {
		if uid, err = userID(s.Owner); err != nil {
			return err
		}
	}
	if s.Group != "" {
		if gid, err = groupID(s.Group); err != nil {
			return err
		}
	}
	if uid != -1 || gid != -1 {
		if err := os.Chown(s.Path, uid, gid); err != nil {
			return fmt.Errorf("give the socket its owner: %w", err)
		}
	}
	mode := s.Mode
	if mode == 0 && os.Geteuid() == 0 {
		mode = 0o666
	} else if mode == 0 {
		mode = 0o600
	}
	return os.Chmod(s.Path, mode)
}

func userID(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, fmt.Errorf("the socket's owner: %w", err)
	}
	return strconv.Atoi(u.Uid)
}

func groupID(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("the socket's group: %w", err)
	}
	return strconv.Atoi(g.Gid)
}
