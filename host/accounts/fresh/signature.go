package fresh

import (
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// signature identifies one state of a file. Only the kernel sets the change time
// (ctime), so a change is detected even if size and modification time were restored.
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

// sameAs reports whether the content of an open file is unchanged. If another file
// was renamed over it, the kernel changes ctime and link count, but not the content.
func (s signature) sameAs(before signature) bool {
	if s.links == 0 {
		s.links, s.ctime = before.links, before.ctime
	}
	return s == before
}

// tick is longer than the resolution of file times on any file system: old file
// systems store whole seconds, others a tick of the kernel's clock.
const tick = 2 * time.Second

// settled reports whether every later write will change the signature. A file that
// changed within the same tick as the read may change again without a new ctime.
func (s signature) settled(now time.Time) bool {
	return now.UnixNano()-s.ctime > int64(tick)
}

// look makes one stat. The error is [fs.ErrNotExist] itself if there is no such file.
func look(path string, flags int) (signature, error) {
	var s unix.Stat_t
	for {
		switch err := unix.Fstatat(unix.AT_FDCWD, path, &s, flags); {
		case err == nil:
			return signatureOf(&s), nil
		case err == unix.ENOENT: // the usual case for accounts without a file
			return signature{}, fs.ErrNotExist
		case err == unix.EINTR:
		default:
			return signature{}, &fs.PathError{Op: "look at", Path: path, Err: err}
		}
	}
}

// lookAt makes one stat of an open file.
func lookAt(file *os.File) (signature, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &s); err != nil {
		return signature{}, &fs.PathError{Op: "look at", Path: file.Name(), Err: err}
	}
	return signatureOf(&s), nil
}
