package app

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/caller/exit"
	door "liveapi.host/host/door/unix"
	"liveapi.host/host/sys/identity"
)

// Pipe serves the one caller at the other end of the wire.
func (a *App) Pipe(ctx context.Context, wire *Stdio) error {
	daemon, err := a.daemon()
	if err != nil {
		return exit.Unanswered(err)
	}
	if daemon != nil {
		door.Relay(wire, daemon)
		return nil
	}
	if err := a.embed(); err != nil {
		return err
	}
	a.serveConn(ctx, wire, self(identity.Own()))
	return nil
}

// Stdio is the wire that was on descriptors 0 and 1 (W2).
type Stdio struct{ in, out *os.File }

// TakeStdio moves the wire away from descriptors 0 and 1, which then are /dev/null and
// standard error.
func TakeStdio() (*Stdio, error) {
	in, err := moveAway(0, "standard input")
	if err != nil {
		return nil, err
	}
	out, err := moveAway(1, "standard output")
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	if err := unix.Dup2(int(null.Fd()), 0); err != nil {
		return nil, fmt.Errorf("replace standard input by /dev/null: %w", err)
	}
	if err := unix.Dup2(2, 1); err != nil {
		return nil, fmt.Errorf("replace standard output by standard error: %w", err)
	}
	return &Stdio{in: in, out: out}, nil
}

// moveAway copies a descriptor. A pipe or a socket becomes non-blocking, so
// that deadlines work on it; a terminal or a file, which others may share, does
// not.
func moveAway(fd int, name string) (*os.File, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("%s is not open: %w", name, err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(copied, &stat); err == nil {
		if kind := stat.Mode & unix.S_IFMT; kind == unix.S_IFIFO || kind == unix.S_IFSOCK {
			unix.SetNonblock(copied, true)
		}
	}
	return os.NewFile(uintptr(copied), name), nil
}

func (s *Stdio) Read(p []byte) (int, error)         { return s.in.Read(p) }
func (s *Stdio) Write(p []byte) (int, error)        { return s.out.Write(p) }
func (s *Stdio) SetReadDeadline(t time.Time) error  { return s.in.SetReadDeadline(t) }
func (s *Stdio) SetWriteDeadline(t time.Time) error { return s.out.SetWriteDeadline(t) }

// CloseWrite ends the stream of responses.
func (s *Stdio) CloseWrite() error { return s.out.Close() }

// Close makes the descriptors blocking again, because other processes may share them,
// and closes them.
func (s *Stdio) Close() error {
	for _, f := range []*os.File{s.in, s.out} {
		if raw, err := f.SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) { syscall.SetNonblock(int(fd), false) })
		}
		f.Close()
	}
	return nil
}
