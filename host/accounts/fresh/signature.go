package fresh

import (
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// signature tells one state of a file from the next. The change time is set by
// the kernel alone, so that a file whose size and modification time were put
// back is seen, too.
type signature struct {
	dev, ino     uint64
	size         int64
	mtime, ctime int64 // nanoseconds
	mode, uid    uint32
	links        uint64
}

func signatureOf(s *unix.Stat_t) signature {
	return signature{
		dev: uint64(s.Dev), ino: s.Ino, size: s.Size,
		mtime: s.Mtim.Nano(), ctime: s.Ctim.Nano(),
		mode: s.Mode, uid: s.Uid, links: uint64(s.Nlink),
	}
}

// sameAs reports whether an open file is what it was before, or has only lost
// its name since, to another one: that is a change of the file to the kernel, and
// none of what is in it.
func (s signature) sameAs(before signature) bool {
	if s.links == 0 {
		s.links, s.ctime = before.links, before.ctime
	}
	return s == before
}

// tick is longer than what any file system counts as one moment: old ones keep
// whole seconds, others a tick of the kernel.
const tick = 2 * time.Second

// settled reports whether every later write gives another signature. A file
// that changed in the tick of the reading may change again within it, and look
// the same.
func (s signature) settled(now time.Time) bool {
	return now.UnixNano()-s.ctime > int64(tick)
}

// look is one stat. [fs.ErrNotExist] says that there is nothing of that name.
func look(path string, flags int) (signature, error) {
	var s unix.Stat_t
	for {
		switch err := unix.Fstatat(unix.AT_FDCWD, path, &s, flags); {
		case err == nil:
			return signatureOf(&s), nil
		case err == unix.ENOENT: // the usual answer for accounts without a file
			return signature{}, fs.ErrNotExist
		case err == unix.EINTR:
		default:
			return signature{}, &fs.PathError{Op: "look at", Path: path, Err: err}
		}
	}
}

// lookAt is the same for an open file.
func lookAt(file *os.File) (signature, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &s); err != nil {
		return signature{}, &fs.PathError{Op: "look at", Path: file.Name(), Err: err}
	}
	return signatureOf(&s), nil
}
