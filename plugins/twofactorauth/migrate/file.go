package migrate

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// OpenPrivate opens a file in a folder that the user uid controls, who may have put
// anything there. It opens only a regular file that belongs to uid and that no one
// else can read or write, and it follows no link.
func OpenPrivate(path string, uid int) (*os.File, error) {
	// With O_NONBLOCK, opening a named pipe does not block.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, errors.New("it is a link, which is not followed")
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		switch owner, ok := info.Sys().(*syscall.Stat_t); {
		case !info.Mode().IsRegular():
			err = errors.New("it is not a regular file")
		case !ok || int(owner.Uid) != uid:
			err = fmt.Errorf("it does not belong to the account (uid %d)", uid)
		case owner.Nlink > 1:
			err = errors.New("it has a second name (a hard link)")
		case info.Mode().Perm()&0o077 != 0:
			err = fmt.Errorf("its mode is %04o, so others may know the secret: make a new one, or run chmod 600 if no one does",
				info.Mode().Perm())
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
