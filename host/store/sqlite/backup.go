package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	modernc "modernc.org/sqlite"

	"liveapi.host/host/store/internal/files"
)

// Backup writes the store as it is at one moment to a new file, of mode 0600,
// while others read and write. The file appears at path complete, synced and
// verified, or not at all; an existing file is never overwritten. It is a
// database like the store, and does not contain the keys. now is written into it.
//
// Every record has to open with keys; with nil this is not checked.
func (s *Store) Backup(ctx context.Context, path string, now time.Time, keys Keys) (contents *Contents, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = errExists
		}
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	part, err := beginPart(path)
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	defer part.Close() // this also unlocks it
	defer func() {
		if err != nil {
			os.Remove(part.Name())
		}
	}()
	err = s.use(ctx, func(c *conn) error {
		if err := part.Truncate(0); err != nil { // an earlier attempt may have written a part
			return err
		}
		return c.exec("VACUUM INTO ?", part.Name())
	})
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	if err := date(part.Name(), now); err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	if err := part.Sync(); err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	if contents, err = VerifyBackup(ctx, part.Name(), keys); err != nil {
		return nil, err
	}
	if err := rename(part.Name(), path); err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	return contents, files.SyncFolder(filepath.Dir(path))
}

var errExists = errors.New("the file exists already and is not overwritten: choose another name")

// beginPart makes the file that becomes the backup, empty and locked. It removes the
// file of a killed backup.
func beginPart(path string) (*os.File, error) {
	name := path + ".part"
	if old, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0); err == nil {
		defer old.Close()
		head := make([]byte, len(title))
		n, _ := old.Read(head)
		if info, err := old.Stat(); err != nil || !info.Mode().IsRegular() || n > 0 && string(head[:n]) != title {
			return nil, fmt.Errorf("%s is in the way: remove it or choose another name", name)
		}
		if err := files.Flock(old, unix.LOCK_EX); err != nil {
			return nil, fmt.Errorf("another backup is being written to %s", name)
		}
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := files.Flock(f, unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("another backup is being written to %s", name)
	}
	return f, nil
}

// title is the beginning of every database file.
const title = "SQLite format 3\x00"

// rename renames a file, unless the new name exists.
func rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // not on every file system
		if err = os.Link(from, to); err == nil {
			err = os.Remove(from)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	return err
}

// date writes into a backup when it was made. No other process uses the file yet, and
// it is synced afterwards.
func date(name string, now time.Time) error {
	c, err := openFile(name, "mode=rw&_error_rc=1")
	if err != nil {
		return err
	}
	for _, statement := range []string{"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", backupTable} {
		if err := c.exec(statement); err != nil {
			return errors.Join(err, c.Close())
		}
	}
	return errors.Join(c.exec("INSERT OR REPLACE INTO backup (one, made) VALUES (1, ?)", now.Unix()), c.Close())
}

// backupTable is in backups only, and stays in a store that was a backup before.
const backupTable = `CREATE TABLE IF NOT EXISTS backup (
	one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	made INTEGER NOT NULL
) STRICT`

// openFile opens a connection to a file that is not a store in use.
func openFile(path, query string) (*conn, error) {
	name := url.URL{Scheme: "file", Path: path, RawQuery: query}
	k, err := modernc.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	dc, err := k.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &conn{Conn: dc, statements: map[string]driver.Stmt{}}, nil
}
