package cleanup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockName marks a private folder as in use: its maker holds a lock on it, which
// the kernel releases however the maker ends.
const lockName = "lock"

// PrivateDir makes a folder for this process's sockets below parent, that only
// this user can enter, and sweeps away those of this user's processes that were
// killed. Remove it at the end.
func PrivateDir(parent string) (string, error) {
	prefix := fmt.Sprintf("liveapi-%d-", os.Getuid())
	sweep(parent, prefix)
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", fmt.Errorf("make a private folder: %w", err)
	}
	if err := lock(filepath.Join(dir, lockName)); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("lock a private folder: %w", err)
	}
	return dir, nil
}

// lock makes a file that has its name only once it is locked. The descriptor
// stays open for as long as the process lives.
func lock(path string) error {
	fd, err := syscall.Open(path+".new", syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// sweep removes the folders whose makers are gone. One that is just being made
// has no lock file yet, and is left.
func sweep(parent, prefix string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		info, err := os.Lstat(dir)
		if !strings.HasPrefix(e.Name(), prefix) || err != nil || !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() {
			continue
		}
		f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}
