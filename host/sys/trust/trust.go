// Package trust says whether a file may be believed: whether nobody but its
// rightful owner could have written it. It looks at owners and modes, not at what
// is in the file.
package trust

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Path refuses a file or folder that somebody else could have changed or put in
// place: owned by another than root, this process's user and the further owners,
// writable for its group or others, or in a folder where everybody may rename
// what is below. A link is followed. An error of the file system is returned as it is; any
// other one says what to run.
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

// Info is [Path] for what is known of a file that is open; it does not look at
// the folders above.
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

// Program is [Path] for what is run with the rights of this process: it may also
// belong to the owner of this process's own program.
func Program(path string) error {
	var owner uint32
	if info, err := os.Stat("/proc/self/exe"); err == nil {
		owner = info.Sys().(*syscall.Stat_t).Uid
	}
	return Path(path, owner)
}
