package keys

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// signature distinguishes the states of a file; only the kernel sets the time of
// change. A rename into place, as every command here does, makes another file. Two
// writes to the same file within one tick of the kernel's clock may look the same.
type signature struct {
	dev, ino     uint64
	size         int64
	mtime, ctime unix.Timespec
	mode, uid    uint32
}

func signatureOf(s *unix.Stat_t) signature {
	return signature{dev: uint64(s.Dev), ino: s.Ino, size: s.Size, mtime: s.Mtim, ctime: s.Ctim, mode: s.Mode, uid: s.Uid}
}

// look makes one stat of the file that is at path now.
func look(path string) (signature, error) {
	var s unix.Stat_t
	for {
		switch err := unix.Stat(path, &s); err {
		case nil:
			return signatureOf(&s), nil
		case unix.EINTR:
		default:
			return signature{}, &fs.PathError{Op: "stat", Path: path, Err: err}
		}
	}
}
