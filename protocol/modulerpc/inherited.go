package modulerpc

import (
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inherited is the module's end of a lane. It can wait for bytes in two ways.
// ReadBlocking waits in read(2), from which the kernel wakes the thread directly, but
// the thread keeps its processor (P) until then, often the only one of the module.
// Read waits in Go's poller, and other goroutines run meanwhile. docs/benchmarks.md
// says what each costs.
type inherited struct {
	file *os.File
	raw  syscall.RawConn
	fd   int

	// try reads into buf. It is made once, so that a read allocates nothing.
	try func(fd uintptr) bool
	buf []byte
	n   int
	err error
}

// newInherited takes over the connected stream socket fd.
func newInherited(fd int) (*inherited, error) {
	unix.CloseOnExec(fd)
	// os registers only a non-blocking descriptor with the poller. Afterwards
	// the descriptor blocks again, and Read asks not to wait by MSG_DONTWAIT.
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	i := &inherited{file: os.NewFile(uintptr(fd), "lane"), fd: fd}
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, err
	}
	var err error
	if i.raw, err = i.file.SyscallConn(); err != nil {
		return nil, err
	}
	i.try = func(fd uintptr) bool {
		i.n, i.err = receive(fd, i.buf)
		return i.err != unix.EAGAIN
	}
	return i, nil
}

// receive reads what is there. unix.Recvfrom would allocate room for an address.
func receive(fd uintptr, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(
			unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// Read waits in Go's poller. Like ReadBlocking it is for one goroutine at a time.
func (i *inherited) Read(p []byte) (int, error) {
	i.buf = p
	err := i.raw.Read(i.try)
	i.buf = nil
	if err == nil {
		err = i.err
	}
	if err == nil && i.n == 0 {
		err = io.EOF
	}
	return i.n, err
}

// ReadBlocking waits in read(2).
func (i *inherited) ReadBlocking(p []byte) (int, error) {
	for {
		n, err := unix.Read(i.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write, Close and SetReadDeadline are the file's. A write blocks its thread
// while the socket's buffer is full.
func (i *inherited) Write(p []byte) (int, error)       { return i.file.Write(p) }
func (i *inherited) Close() error                      { return i.file.Close() }
func (i *inherited) SetReadDeadline(t time.Time) error { return i.file.SetReadDeadline(t) }
