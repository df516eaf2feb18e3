package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/host/store/internal/bounds"
)

// Keys are what the records of a backup have to open with: a keys.Ring. Where nil
// is allowed, it is the interface that is nil, not a pointer in it.
type Keys interface {
	// Check says what is wrong with the keys, nil if nothing is, and makes none.
	Check() error

	// Lock keeps everybody else from changing the keys, until unlock.
	Lock(ctx context.Context) (unlock func(), err error)

	// Open opens the value of a record.
	Open(ctx context.Context, key string, box []byte) ([]byte, error)
}

// Contents is what a backup holds that was verified.
type Contents struct {
	Records int
	Made    time.Time // zero when it does not say: a plain copy of a database does not
}

// asBackup is how a backup is opened: never written, and nothing is made beside it.
const asBackup = "mode=ro&immutable=1&_error_rc=1"

// VerifyBackup reads the whole file at path, and returns what it holds if it is a
// backup, sound, and all its records open with keys; nil leaves the last out.
func VerifyBackup(ctx context.Context, path string, keys Keys) (*Contents, error) {
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
func (c *conn) verify(ctx context.Context, name string, keys Keys) (*Contents, error) {
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

func (c *conn) examine(ctx context.Context, name string, keys Keys) (*Contents, error) {
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
	dated, err := c.number("SELECT count(*) FROM " + name + ".sqlite_schema WHERE name = 'backup' AND type = 'table'")
	if err != nil || dated == 0 {
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
