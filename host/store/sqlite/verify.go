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

// Keys open the records of a backup. A keys.Ring implements it. Where nil is allowed,
// the interface itself has to be nil, not a pointer in it.
type Keys interface {
	// Check returns an error for missing or invalid keys. It does not make keys.
	Check() error

	// Lock prevents other processes from changing the keys, until unlock.
	Lock(ctx context.Context) (unlock func(), err error)

	// Open opens the value of a record.
	Open(ctx context.Context, key string, box []byte) ([]byte, error)
}

// Contents describes a verified backup.
type Contents struct {
	Records int
	Made    time.Time // zero when it is not known, as for a plain copy of a database
}

// asBackup opens a backup read-only, without making files next to it.
const asBackup = "mode=ro&immutable=1&_error_rc=1"

// VerifyBackup reads the whole file at path, and returns its contents if it is a backup
// without damage and all its records open with keys; with nil keys the records are not
// opened.
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

// whole refuses a file that cannot be a backup, without opening it as a database.
func whole(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return errors.New("it is empty, so it is not a backup")
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return fmt.Errorf("there is also a file %s-wal, so it is a store in use or a part of one: make a backup of it with \"liveapi "+
			"backup\"", path)
	}
	return nil
}

// verify checks the whole database of this name in the connection.
func (c *conn) verify(ctx context.Context, name string, keys Keys) (*Contents, error) {
	contents, err := c.examine(ctx, name, keys)
	if err != nil {
		return nil, ofBackup(err)
	}
	return contents, nil
}

// ofBackup returns what an error of SQLite means for a backup. The result does not wrap
// the error of SQLite, because it would look like an error of the store.
func ofBackup(err error) error {
	switch code, _ := fault(err); code {
	case 0:
		return err
	case sqlite3.SQLITE_NOTADB:
		return errors.New("it is not a database, so it is not a backup")
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
			if err := keys.Check(); err != nil { // opening a record would make a new key file
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

// sound lets SQLite check every page, and checks that the tables are those of a store.
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
		if n, err := c.number("SELECT count(*) FROM "+name+".sqlite_schema WHERE type = 'table' AND sql = ?",
			statement); err != nil || n != 1 {
			return errors.Join(err, errors.New("its tables are not those of a store"))
		}
	}
	if n, err := c.number("SELECT count(*) FROM " + name + ".floor"); err != nil || n != 1 {
		return errors.Join(err, errors.New("it is damaged: the lowest version is missing"))
	}
	return nil
}
