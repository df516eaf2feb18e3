package fresh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/sys/trust"
)

// Folder is a folder of files NAME + ending, which an administrator writes. It is
// safe for concurrent use.
type Folder[T any] struct {
	path   string
	ending string
	max    int64
	decode func(path string, data []byte) (*T, error)
	now    func() time.Time

	mu      sync.RWMutex
	files   map[string]*File[T]
	trusted signature // of the folder, as it was when it was last examined
}

// NewFolder returns the folder of this path. It need not exist: until it does, it
// has no files. ending is the ending of its files, such as ".yaml"; other files are
// ignored. max and decode are as in [NewFile]. The files and the folder must belong
// to root or to the user of this process, and only these may be able to change
// them. The files must not be links, so that the folder's owner and mode decide who
// can replace them; the folder's path may be a link.
func NewFolder[T any](path, ending string, max int64, now func() time.Time, decode func(path string, data []byte) (*T, error)) *Folder[T] {
	return &Folder[T]{path: path, ending: ending, max: max, decode: decode, now: now, files: make(map[string]*File[T])}
}

// Get returns the current content of the file of this name, as [File.Get] does. The
// error is [fs.ErrNotExist], also for a name that is not a [SafeName], or says why
// the file or the folder cannot be used, or comes from decode.
func (f *Folder[T]) Get(name string) (*T, error) {
	f.mu.RLock()
	file := f.files[name]
	f.mu.RUnlock()
	known := file != nil
	if !known {
		if !SafeName(name) {
			return nil, fs.ErrNotExist
		}
		path := f.path + "/" + name + f.ending
		if _, err := look(path, unix.AT_SYMLINK_NOFOLLOW); err == fs.ErrNotExist {
			return nil, f.absent()
		}
		file = f.newFile(path)
	}
	value, err := file.Get()
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && known:
		f.mu.Lock()
		delete(f.files, name)
		f.mu.Unlock()
	case !known && file.last.Load() != nil: // a name without a file is not cached
		f.mu.Lock()
		f.files[name] = file
		f.mu.Unlock()
	}
	if missing {
		return nil, f.absent()
	}
	return value, err
}

func (f *Folder[T]) newFile(path string) *File[T] {
	file := NewFile(path, f.max, f.now, f.decode)
	file.flags = unix.AT_SYMLINK_NOFOLLOW
	file.trust = func(open *os.File) error {
		info, err := open.Stat()
		if err != nil {
			return err
		}
		if err := trust.Info(file.path, info); err != nil {
			return err
		}
		return trustedFolder(f.path)
	}
	return file
}

// absent returns [fs.ErrNotExist], or another error if an untrusted user could have
// removed the file.
func (f *Folder[T]) absent() error {
	now, err := look(f.path, 0)
	if err != nil {
		return err // also: there is no folder
	}
	now.size, now.mtime, now.ctime = 0, 0, 0 // these change with the folder's files, which do not matter here
	f.mu.RLock()
	same := f.trusted == now
	f.mu.RUnlock()
	if same {
		return fs.ErrNotExist
	}
	if err := trustedFolder(f.path); err != nil {
		return err
	}
	f.mu.Lock()
	f.trusted = now
	f.mu.Unlock()
	return fs.ErrNotExist
}

// Names returns the names of the files, sorted, and in others everything else in
// the folder except hidden files. A folder that does not exist has no files.
func (f *Folder[T]) Names() (names, others []string, err error) {
	err = trustedFolder(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the folder: %w", err)
	}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), f.ending)
		switch {
		case is && SafeName(name):
			names = append(names, name)
		case !strings.HasPrefix(e.Name(), "."):
			others = append(others, e.Name())
		}
	}
	slices.Sort(names) // by name, not by name and ending
	return names, others, nil
}

// maxName leaves room for the ending: file systems allow 255 bytes.
const maxName = 240

// SafeName reports whether a name can be part of a file name: letters, digits,
// "_", "-", ".", "@" and "$", not beginning with one of ".-@$", at most 240 bytes.
// By default, useradd accepts only such names.
func SafeName(name string) bool {
	if name == "" || len(name) > maxName || strings.IndexByte("-.@$", name[0]) >= 0 {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("_-.@$", c) < 0 {
			return false
		}
	}
	return true
}
