package cleanup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockName is a file in a private folder. The process that uses the folder holds a
// lock on it, which the kernel releases when the process ends in any way.
const lockName = "lock"

// PrivateDir creates a folder below parent for this process's sockets, which only
// this user can enter. It also removes the folders of this user's killed processes.
// Remove the folder at the end.
func PrivateDir(parent string) (string, error) {
	prefix := fmt.Sprintf("liveapi-%d-", os.Getuid())
	sweep(parent, prefix)
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", fmt.Errorf("create a private folder: %w", err)
	}
	if err := lock(filepath.Join(dir, lockName)); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("lock a private folder: %w", err)
	}
	return dir, nil
}

// lock creates a file, locks it, and only then gives it its name. The descriptor
// stays open until the process ends.
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

// sweep removes the folders of processes that have ended. It leaves a folder that
// is just being created, which has no lock file yet.
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
