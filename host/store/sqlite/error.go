package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/protocol"
)

// fault returns SQLite's primary result code and the extended one, or 0.
func fault(err error) (primary, extended int) {
	var e *modernc.Error
	if !errors.As(err, &e) {
		return 0, 0
	}
	return e.Code() & 0xff, e.Code()
}

// busy reports whether the only problem was a lock of another process.
func busy(err error) bool {
	code, _ := fault(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_PROTOCOL
}

// uncommitted classifies the error of a COMMIT. The log is written, then synced, then
// made visible to others. Without space its last frame is incomplete, so that no
// recovery can read it as a commit. After any other error the frame may be in the file,
// and a later recovery may find it.
func (s *Store) uncommitted(err error) error {
	primary, extended := fault(err)
	switch {
	case primary == sqlite3.SQLITE_FULL, extended == sqlite3.SQLITE_IOERR_WRITE && s.noSpace():
		return full(err)
	case busy(err): // refused before anything was written
		return err
	}
	return &protocol.Error{Code: protocol.CodeUnknown, Text: "whether this was stored is not known", Err: err}
}

// noSpace reports whether a write to the store's folder fails for lack of space. SQLite
// has a code for a full disk, but reports an exceeded quota and the file size limit of
// a process as a general I/O error.
func (s *Store) noSpace() bool {
	f, err := os.CreateTemp(filepath.Dir(s.path), ".space-")
	if err == nil {
		_, err = f.Write(make([]byte, 1<<16))
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func full(err error) error {
	return &protocol.Error{Code: protocol.CodeFull, Text: "no space left to store this", Err: err}
}

// explain adds the store's path and what to do to an error. An error that has a code
// keeps it.
func (s *Store) explain(err error) error {
	var coded *protocol.Error
	if errors.As(err, &coded) {
		if coded.Err == nil {
			return err
		}
		return &protocol.Error{Code: coded.Code, Text: coded.Text, Err: fmt.Errorf("store %s: %w", s.path, coded.Err)}
	}
	switch primary, extended := fault(err); primary {
	case sqlite3.SQLITE_FULL:
		return s.explain(full(err))
	case sqlite3.SQLITE_IOERR:
		if (extended == sqlite3.SQLITE_IOERR_WRITE || extended == sqlite3.SQLITE_IOERR_SHMSIZE) && s.noSpace() {
			return s.explain(full(err))
		}
		return fmt.Errorf("store %s: the disk failed; see the system's log for its messages: %w", s.path, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("store %s cannot be opened or written by uid %d: check the owner and mode of the file, of its -wal and -shm "+
			"files and of its folder, and that the file system is not read-only: %w", s.path, os.Geteuid(), err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("store %s is damaged: stop every host, keep the file and its -wal file, and restore a copy: %w", s.path, err)
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("store %s: %w", s.path, err)
}
