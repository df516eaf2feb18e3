package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"liveapi.host/host"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func pipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipe",
		Short: "Answer one caller on standard input and output",
		Long: `Answers one caller on standard input and output: the caller starts this program
and talks to it. Through the running host when there is one; otherwise this
process is the host. Nothing but replies reaches standard output; the log goes
to standard error.`,
		Example: `  printf '23\n<cpaneljson enable="1">' | liveapi pipe`,
		Args:    cobra.NoArgs,
		RunE:    pipe,
	}
	settings.Flags(cmd.Flags())
	return cmd
}

func pipe(cmd *cobra.Command, _ []string) error {
	// First of all: nothing that this process may print can reach the wire.
	wire, err := takeStdio()
	if err != nil {
		return err
	}
	defer wire.Close()
	a, err := newApp(cmd.Flags(), "warn")
	if err != nil {
		return err
	}
	defer a.close()
	daemon, err := a.daemon()
	if err != nil {
		return exit.Unanswered(err)
	}
	if daemon != nil {
		host.Relay(wire, daemon)
		return nil
	}
	if err := a.embed(); err != nil {
		return err
	}
	a.serveConn(cmd.Context(), wire, self(account()))
	return nil
}

// stdio is the wire on what were descriptors 0 and 1 (W2).
type stdio struct{ in, out *os.File }

// takeStdio moves the wire away from descriptors 0 and 1, which then lead to
// /dev/null and to standard error. Errors come before anything has moved.
func takeStdio() (*stdio, error) {
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
		return nil, fmt.Errorf("put /dev/null in the place of standard input: %w", err)
	}
	if err := unix.Dup2(2, 1); err != nil {
		return nil, fmt.Errorf("put standard error in the place of standard output: %w", err)
	}
	return &stdio{in: in, out: out}, nil
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

func (s *stdio) Read(p []byte) (int, error)         { return s.in.Read(p) }
func (s *stdio) Write(p []byte) (int, error)        { return s.out.Write(p) }
func (s *stdio) SetReadDeadline(t time.Time) error  { return s.in.SetReadDeadline(t) }
func (s *stdio) SetWriteDeadline(t time.Time) error { return s.out.SetWriteDeadline(t) }

// CloseWrite ends the replies.
func (s *stdio) CloseWrite() error { return s.out.Close() }

// Close gives the descriptors back as they were found: others may share them.
func (s *stdio) Close() error {
	for _, f := range []*os.File{s.in, s.out} {
		if raw, err := f.SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) { syscall.SetNonblock(int(fd), false) })
		}
		f.Close()
	}
	return nil
}
