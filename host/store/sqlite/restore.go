package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/host/store/internal/files"
)

// Restored is the result of [Restore].
type Restored struct {
	Contents     // of the backup
	Replaced int // records that were there before
	New      bool
}

// Restoring are the options of [Restore].
type Restoring struct {
	Replace bool   // also when the store has records, which are lost
	Keep    string // records whose keys have this prefix stay; "": no record stays
}

// ErrRecords is the error of a restore into a store that has records.
var ErrRecords = errors.New("the store has records, which would be lost")

// Restore replaces every record of the store at path by those of a backup, in one
// transaction: hosts that use the store see all of it or nothing. When there is no
// store it makes one. The backup is verified first, with keys, which are locked
// meanwhile. After any error the store is unchanged.
//
// A store that has records is refused with [ErrRecords], unless how.Replace is set;
// records that how.Keep names do not count. All restored records get versions that were
// never used before, so that a Swap with a version from before the restore is a
// conflict.
func Restore(ctx context.Context, path, backup string, keys Keys, how Restoring) (*Restored, error) {
	backup, err := filepath.Abs(backup)
	if err != nil {
		return nil, err
	}
	if err := whole(backup); err != nil {
		return nil, fmt.Errorf("backup %s: %w", backup, err)
	}
	if err := keys.Check(); err != nil { // opening a record would make new keys
		return nil, fmt.Errorf("a backup opens only with the keys that sealed it: %w; put a copy of the key file there", err)
	}
	unlock, err := keys.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	restore := func(path string) (*Restored, error) {
		s, err := Open(ctx, path)
		if err != nil {
			return nil, err
		}
		restored, err := s.restore(ctx, backup, keys, how)
		return restored, errors.Join(err, s.Close())
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, err
		}
		return restore(path)
	}
	var restored *Restored
	err = files.Publish(path, func(name string) error {
		if err := build(name); err != nil {
			return err
		}
		if restored, err = restore(name); err != nil {
			return err
		}
		restored.New = true
		return flushed(name)
	})
	if errors.Is(err, files.ErrTaken) {
		err = fmt.Errorf("store %s was made by another process meanwhile: try again", path)
	}
	return restored, err
}

// restore replaces the records of the store.
func (s *Store) restore(ctx context.Context, backup string, keys Keys, how Restoring) (*Restored, error) {
	restored := new(Restored)
	var unfit error // an error of the backup, not of the store
	err := s.hold(ctx, func(c *conn) (err error) {
		name := url.URL{Scheme: "file", Path: backup, RawQuery: asBackup}
		if unfit = ofBackup(c.exec("ATTACH ? AS backup", name.String())); unfit != nil {
			return unfit
		}
		defer func() { c.broken = true }() // do not use a connection again that has the backup attached
		var contents *Contents
		if contents, unfit = c.verify(ctx, "backup", keys); unfit != nil {
			return unfit
		}
		restored.Contents = *contents
		if err := s.lock(ctx, c); err != nil {
			return err
		}
		if restored.Replaced, err = c.copyBackup(how); err == nil {
			err = ctx.Err()
		}
		if err != nil {
			c.rollback()
			return err
		}
		if err := c.exec("COMMIT"); err != nil {
			c.rollback()
			return s.uncommitted(err)
		}
		return nil
	})
	switch {
	case unfit != nil:
		return nil, fmt.Errorf("backup %s: %w", backup, unfit)
	case err != nil:
		return nil, err
	}
	return restored, nil
}

// maxVersion is the highest version that a restore accepts, so that new writes can still count up.
const maxVersion = 1 << 60

// copyBackup replaces the store's records, except those that stay, by those of the
// attached backup, and returns the number of removed records.
func (c *conn) copyBackup(how Restoring) (int, error) {
	from, to := bounds.Span(how.Keep, "")
	if how.Keep == "" {
		to = from // an empty range
	}
	before, err := c.number("SELECT count(*) FROM main.record WHERE key < ? OR key >= ?", from, to)
	if err != nil {
		return 0, err
	}
	if before > 0 && !how.Replace {
		return 0, fmt.Errorf("%w: %d of them", ErrRecords, before)
	}
	// Above every version of the store, also those of deleted records.
	highest := func(name string) (int64, error) {
		return c.number("SELECT max((SELECT version FROM " + name + ".floor), coalesce((SELECT max(version) FROM " + name + ".record), 0))")
	}
	shift, err := highest("main")
	if err != nil {
		return 0, err
	}
	most, err := highest("backup")
	if err == nil && (shift > maxVersion || most > maxVersion) {
		err = errors.New("the versions of the records are too high to be valid")
	}
	if err != nil {
		return 0, err
	}
	if err := c.exec("DELETE FROM main.record WHERE key < ? OR key >= ?", from, to); err != nil {
		return 0, err
	}
	err = c.exec("INSERT INTO main.record (key, version, value) "+
		"SELECT key, version + ?, value FROM backup.record WHERE true ON CONFLICT (key) DO NOTHING", shift)
	if err != nil {
		return 0, err
	}
	if err := c.exec("UPDATE main.floor SET version = ? + (SELECT version FROM backup.floor)", shift); err != nil {
		return 0, err
	}
	missing, err := c.number("SELECT count(*) FROM backup.record WHERE key NOT IN (SELECT key FROM main.record)")
	if err != nil || missing > 0 {
		return 0, errors.Join(err, fmt.Errorf("%d records were not copied: the backup was changed meanwhile", missing))
	}
	return int(before), nil
}
