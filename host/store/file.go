package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// errTaken is the error of publishing a file where there is one.
var errTaken = errors.New("another process was faster")

// publish makes a file that appears complete or not at all: build writes it
// under another name in a private folder, and only then it is linked to path.
// When several processes do this at once, the first link wins, and the others
// drop theirs and get [errTaken]. When publish returns, the file survives a power
// cut, if build synced it.
func publish(path string, build func(name string) error) (err error) {
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
		err = errTaken
	}
	if err != nil && err != errTaken {
		return err
	}
	if e := syncFolder(dir); e != nil {
		return e
	}
	return err
}

// makeFolder makes dir and the folders above it that are missing, each for its
// owner only.
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
	return syncFolder(parent)
}

// writeNew writes a new file for its owner only, and syncs it.
func writeNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes the names in dir survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
