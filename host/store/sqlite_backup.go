package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/host/store/internal/files"
)

// Contents is what a backup holds that was verified.
type Contents struct {
	Records int
	Made    time.Time // zero when it does not say: a plain copy of a database does not
}

// backupKeys are what the records of a backup have to open with. A keys.Ring is.
type backupKeys interface {
	// Check says what is wrong with the keys, nil if nothing is, and makes none.
	Check() error

	// Lock keeps everybody else from changing the keys, until unlock.
	Lock(ctx context.Context) (unlock func(), err error)

	// Open opens the value of a record.
	Open(ctx context.Context, key string, box []byte) ([]byte, error)
}

// Backup writes the store as it is at one moment to a new file, of mode 0600,
// while others read and write. The file appears at path complete, synced and
// verified, or not at all; one that is there is never overwritten. It is a
// database like the store, and does not hold the keys. now is written into it.
//
// Every record has to open with keys; nil leaves that out.
func (s *SQLite) Backup(ctx context.Context, path string, now time.Time, keys backupKeys) (contents *Contents, err error) {
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
	defer part.Close() // which unlocks it
	defer func() {
		if err != nil {
			os.Remove(part.Name())
		}
	}()
	err = s.use(ctx, func(c *conn) error {
		if err := part.Truncate(0); err != nil { // a busy attempt may have begun
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

var errExists = errors.New("there is a file already, which is not overwritten: choose another name")

// beginPart makes the file that becomes the backup, empty and locked. What a
// killed backup has left is removed.
func beginPart(path string) (*os.File, error) {
	name := path + ".part"
	if old, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0); err == nil {
		defer old.Close()
		head := make([]byte, len(sqliteTitle))
		n, _ := old.Read(head)
		if info, err := old.Stat(); err != nil || !info.Mode().IsRegular() || n > 0 && string(head[:n]) != sqliteTitle {
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

// sqliteTitle is how every database file begins.
const sqliteTitle = "SQLite format 3\x00"

// rename gives a file its name if nothing has that name.
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

// date writes into a backup when it was made. Nobody else knows the file yet,
// and it is synced afterwards.
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

// backupTable is in backups only, and stays in a store that begins as one.
const backupTable = `CREATE TABLE IF NOT EXISTS backup (
	one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	made INTEGER NOT NULL
) STRICT`

// openFile opens a connection to one file that is no store in use.
func openFile(path, query string) (*conn, error) {
	name := url.URL{Scheme: "file", Path: path, RawQuery: query}
	k, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	dc, err := k.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &conn{Conn: dc, statements: map[string]driver.Stmt{}}, nil
}

// asBackup is how a backup is opened: never written, and nothing is made beside it.
const asBackup = "mode=ro&immutable=1&_error_rc=1"

// VerifyBackup reads the whole file at path, and returns what it holds if it is a
// backup, sound, and all its records open with keys; nil leaves the last out.
func VerifyBackup(ctx context.Context, path string, keys backupKeys) (*Contents, error) {
	if err := whole(path); err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	c, err := openFile(abs, asBackup)
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	contents, err := c.verify(ctx, "main", keys)
	if err := errors.Join(err, c.Close()); err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	return contents, nil
}

// whole refuses what cannot be a backup by its looks.
func whole(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return errors.New("it is empty, so it is no backup")
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return fmt.Errorf("%s-wal lies beside it, so it is a store in use or a part of one: take a backup of it with \"liveapi backup\"", path)
	}
	return nil
}

// verify looks at all that the database of this name in the connection holds.
func (c *conn) verify(ctx context.Context, name string, keys backupKeys) (*Contents, error) {
	contents, err := c.examine(ctx, name, keys)
	if err != nil {
		return nil, ofBackup(err)
	}
	return contents, nil
}

// ofBackup says what an error of SQLite means for a backup. The result wraps no
// error of SQLite, which would be taken for the store's own.
func ofBackup(err error) error {
	switch code, _ := fault(err); code {
	case 0:
		return err
	case sqlite3.SQLITE_NOTADB:
		return errors.New("it is no database, so it is no backup")
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("it is damaged: %v; use another one", err)
	}
	return fmt.Errorf("it cannot be read: %v", err)
}

func (c *conn) examine(ctx context.Context, name string, keys backupKeys) (*Contents, error) {
	if err := known(c, name); err != nil {
		return nil, err
	}
	if err := c.sound(name); err != nil {
		return nil, err
	}
	contents := new(Contents)
	err := c.query("SELECT key, version, value FROM "+name+".record", func(row []driver.Value) error {
		key, ok := row[0].([]byte)
		if !ok {
			return errRow
		}
		version, value, err := decode(row[1], row[2])
		if err != nil {
			return err
		}
		if err := bounds.Key(string(key), bounds.MaxKey); err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		contents.Records++
		if keys == nil {
			return ctx.Err()
		}
		if contents.Records == 1 {
			if err := keys.Check(); err != nil { // to open would make a new file
				return fmt.Errorf("its records do not open without the keys: %w; put a copy of the key file there", err)
			}
		}
		if _, err := keys.Open(ctx, string(key), value); err != nil {
			return fmt.Errorf("record %q version %d does not open: %w", key, version, err)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	if has, err := c.number("SELECT count(*) FROM " + name + ".sqlite_schema WHERE name = 'backup' AND type = 'table'"); err != nil || has == 0 {
		return contents, err
	}
	made, err := c.number("SELECT made FROM " + name + ".backup")
	if made != 0 {
		contents.Made = time.Unix(made, 0)
	}
	return contents, err
}

// sound has SQLite check every page, and makes sure that the tables are a store's.
func (c *conn) sound(name string) error {
	var damage []string
	err := c.query("PRAGMA "+name+".integrity_check(3)", func(row []driver.Value) error {
		if text, _ := row[0].(string); text != "ok" {
			damage = append(damage, text)
		}
		return nil
	})
	if err == nil && len(damage) > 0 {
		err = fmt.Errorf("it is damaged: %s; use another one", strings.Join(damage, "; "))
	}
	if err != nil {
		return err
	}
	for _, statement := range schema {
		if !strings.HasPrefix(statement, "CREATE TABLE") {
			continue
		}
		if n, err := c.number("SELECT count(*) FROM "+name+".sqlite_schema WHERE type = 'table' AND sql = ?", statement); err != nil || n != 1 {
			return errors.Join(err, errors.New("its tables are not those of a store"))
		}
	}
	if n, err := c.number("SELECT count(*) FROM " + name + ".floor"); err != nil || n != 1 {
		return errors.Join(err, errors.New("it is damaged: the lowest version is missing"))
	}
	return nil
}
