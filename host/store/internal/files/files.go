// Package files makes files that are complete and synced before others can see them,
// and locks files. It does not know what is in a file: the engines and package keys do.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrTaken is the error of [Publish] when the file exists already.
var ErrTaken = errors.New("another process was faster")

// Publish makes a file that appears complete or not at all: build writes it under
// another name in a private folder, and then it is linked to path. When several
// processes do this at the same time, the first link wins, and the others remove their
// file and get [ErrTaken]. When Publish returns, the file survives a power cut, if
// build synced it.
func Publish(path string, build func(name string) error) (err error) {
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return err
	}
	private, err := os.MkdirTemp(dir, ".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(private)) }()
	name := filepath.Join(private, filepath.Base(path))
	if err := build(name); err != nil {
		return err
	}
	err = os.Link(name, path)
	if errors.Is(err, fs.ErrExist) {
		err = ErrTaken
	}
	if err != nil && err != ErrTaken {
		return err
	}
	if e := SyncFolder(dir); e != nil {
		return e
	}
	return err
}

// makeFolder makes dir and the missing folders above it, each for its owner only.
func makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return fmt.Errorf("folder %s is missing", dir)
	}
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(parent)
}

// WriteNew writes a new file for its owner only, and syncs it.
func WriteNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// SyncFolder makes the names in dir survive a power cut.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Flock locks or unlocks a file as flock(2) does (unix.LOCK_SH, LOCK_EX, LOCK_UN), and
// does not wait: unix.EWOULDBLOCK means that another process has the lock.
func Flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
