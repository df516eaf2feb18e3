package fresh

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// File is one file. It is safe for concurrent use.
type File[T any] struct {
	path   string
	max    int64
	decode func(path string, data []byte) (*T, error)
	now    func() time.Time
	flags  int                  // of the stat
	trust  func(*os.File) error // nil: the owner does not matter
	last   atomic.Pointer[state[T]]
}

// state is the result of one read; it never changes.
type state[T any] struct {
	signature signature
	settled   bool
	value     *T
	err       error
}

// NewFile returns the file of this path, which need not exist yet. A file of more
// than max bytes is refused. Any user may own it, and links are followed: this is
// for files of the system. decode is called once for each state of the file, from
// any goroutine.
func NewFile[T any](path string, max int64, now func() time.Time, decode func(path string, data []byte) (*T, error)) *File[T] {
	return &File[T]{path: path, max: max, decode: decode, now: now}
}

// Get returns the current content of the file. Until the file changes, it returns
// the same pointer or the same error of decode. Other errors are
// [fs.ErrNotExist] and errors that name the file; they are not cached.
func (f *File[T]) Get() (*T, error) {
	now, err := look(f.path, f.flags)
	if err != nil {
		return nil, err
	}
	if s := f.last.Load(); s != nil && s.settled && s.signature == now {
		return s.value, s.err
	}
	if now.mode&unix.S_IFMT != unix.S_IFREG {
		return nil, notPlain(f.path, now.mode)
	}
	s, err := f.read()
	if err != nil {
		return nil, err
	}
	// An older read that is stored later does no harm: its signature does not match
	// the file.
	f.last.Store(s)
	return s.value, s.err
}

// attempts is how often a file is read, at most, when it changes during the read.
const attempts = 4

func (f *File[T]) read() (*state[T], error) {
	for range attempts {
		begin := f.now()
		data, signature, err := f.content()
		if errors.Is(err, errChanged) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s := &state[T]{signature: signature, settled: signature.settled(begin)}
		s.value, s.err = f.decode(f.path, data)
		return s, nil
	}
	return nil, fmt.Errorf("%s changes all the time; write a new file in the same folder and rename it", f.path)
}

var errChanged = errors.New("the file changed while it was read")

// content reads the whole file in one state.
func (f *File[T]) content() ([]byte, signature, error) {
	// O_NONBLOCK: the file may have been replaced by a pipe since the stat.
	flags := unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK
	if f.flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		flags |= unix.O_NOFOLLOW
	}
	file, err := os.OpenFile(f.path, flags, 0)
	if err != nil {
		return nil, signature{}, err
	}
	defer file.Close()
	before, err := f.examine(file)
	if err != nil {
		return nil, signature{}, err
	}
	data := make([]byte, before.size)
	_, err = io.ReadFull(file, data)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, signature{}, errChanged
	}
	if err != nil {
		return nil, signature{}, err
	}
	after, err := lookAt(file)
	if err == nil && !after.sameAs(before) {
		err = errChanged
	}
	return data, before, err
}

// examine refuses an open file that may not be used.
func (f *File[T]) examine(file *os.File) (signature, error) {
	now, err := lookAt(file)
	switch {
	case err != nil:
		return now, err
	case now.mode&unix.S_IFMT != unix.S_IFREG:
		return now, notPlain(f.path, now.mode)
	case now.size > f.max:
		return now, fmt.Errorf("%s has %d bytes; at most %d are read", f.path, now.size, f.max)
	case f.trust != nil:
		return now, f.trust(file)
	}
	return now, nil
}

func notPlain(path string, mode uint32) error {
	kind := "not a regular file"
	switch mode & unix.S_IFMT {
	case unix.S_IFLNK:
		kind = "a symbolic link"
	case unix.S_IFDIR:
		kind = "a folder"
	case unix.S_IFIFO:
		kind = "a named pipe"
	}
	return fmt.Errorf("%s is %s, so it is not used; put a regular file there", path, kind)
}
