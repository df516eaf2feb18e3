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

// Folder is a folder of files, a name and an ending each, that an administrator
// keeps. It is safe for concurrent use.
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

// NewFolder returns the folder of this path. It need not exist: until it does,
// it has no files. ending is that of its files, such as ".yaml"; what has another
// one is not looked at. max and decode are as in [NewFile]; the files and the folder have
// to belong to root or to the user of this process and may be changed by nobody
// else, and the files may not be links, so that their folder is all that says
// who can change them. The folder itself may be reached by a link.
func NewFolder[T any](path, ending string, max int64, now func() time.Time, decode func(path string, data []byte) (*T, error)) *Folder[T] {
	return &Folder[T]{path: path, ending: ending, max: max, decode: decode, now: now, files: make(map[string]*File[T])}
}

// Get returns what the file of this name says now, as [File.Get] does. Errors:
// [fs.ErrNotExist], also for a name that is not [SafeName]; what makes a file
// or the folder one that may not be used; decode's.
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
	case !known && file.last.Load() != nil: // names that have no file are not remembered
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

// absent is [fs.ErrNotExist], unless somebody else could have taken the file away.
func (f *Folder[T]) absent() error {
	now, err := look(f.path, 0)
	if err != nil {
		return err // also: there is no folder
	}
	now.size, now.mtime, now.ctime = 0, 0, 0 // which files it has does not matter
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

// Names lists the names of the files, in order; others lists what else stands in
// the folder, but for hidden files. A folder that does not exist has none.
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

// maxName leaves room for an ending in what file systems take (255 bytes).
const maxName = 240

// SafeName reports whether a name may be made into a file's: letters, digits,
// "_", "-", ".", "@" and "$", not beginning with one of ".-@$", at most 240
// bytes. Every name that useradd gives by default is one.
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
