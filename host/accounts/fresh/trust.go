package fresh

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// trustedFolder refuses a folder in which somebody else could have put files.
// The rule is the one for the folder of modules, but that the owner of the
// host's program does not count: these files say what accounts may do.
func trustedFolder(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", path)
	}
	if err := changedByNoOther(path, info); err != nil {
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

// changedByNoOther refuses what others than root and this process's user own or may write.
func changedByNoOther(path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s may be changed by others (mode %04o), so it is not used; run: chmod go-w %s", path, mode, path)
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if me := os.Geteuid(); owner != 0 && int(owner) != me {
		return fmt.Errorf("%s belongs to user %d, neither to root nor to you, so it is not used; run: chown %d %s", path, owner, me, path)
	}
	return nil
}
