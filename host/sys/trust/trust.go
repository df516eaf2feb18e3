// Package trust checks whether a file can be trusted: whether only trusted users
// could have written it. It checks owners and modes, not the content of the file.
package trust

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Path refuses a file or folder that an untrusted user could have changed or
// replaced: if its owner is not root, this process's user or one of owners, if its
// group or others can write it, or if it is below a folder where everybody can
// rename files. Links are followed. An error of the file system is returned
// unchanged; every other error names the command that fixes the problem.
func Path(path string, owners ...uint32) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	if err := Info(path, info, owners...); err != nil {
		return err
	}
	for dir := filepath.Dir(real); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0 {
			return fmt.Errorf("%s lies in %s, which everybody may change, so it is not used; run: chmod o-w %s", path, dir, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// Info is [Path] for the info of an open file; it does not check the folders above.
func Info(path string, info fs.FileInfo, owners ...uint32) error {
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s may be changed by others (mode %04o), so it is not used; run: chmod go-w %s", path, mode, path)
	}
	owner, me := info.Sys().(*syscall.Stat_t).Uid, os.Geteuid()
	if owner != 0 && int(owner) != me && !slices.Contains(owners, owner) {
		return fmt.Errorf("%s belongs to user %d, neither to root nor to you, so it is not used; run: chown %d %s", path, owner, me, path)
	}
	return nil
}

// Program is [Path] for a program that runs with the rights of this process: it may
// also belong to the owner of this process's own program.
func Program(path string) error {
	var owner uint32
	if info, err := os.Stat("/proc/self/exe"); err == nil {
		owner = info.Sys().(*syscall.Stat_t).Uid
	}
	return Path(path, owner)
}
