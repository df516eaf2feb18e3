package store

import (
	"context"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/protocol"
)

// Swap implements [protocol.Storage].
func (s *SQLite) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := checkKey(key, maxEngineKey); err != nil {
		return 0, err
	}
	if err := checkValue(value, maxEngineValue); err != nil {
		return 0, err
	}
	// In this process writers stand in line here, without a connection, and
	// not in the polling between processes.
	select {
	case s.writer <- struct{}{}:
		defer func() { <-s.writer }()
	case <-ctx.Done():
		return 0, s.explain(ctx.Err())
	}
	var version protocol.Version
	err := s.hold(ctx, func(c *conn) (err error) {
		version, err = s.transact(ctx, c, key, old, value)
		if code, _ := fault(err); code == sqlite3.SQLITE_FULL || errors.Is(err, protocol.ErrFull) {
			// Nothing was written, and what only the log holds takes space that
			// is free once the database has it.
			if c.exec("PRAGMA wal_checkpoint") == nil {
				version, err = s.transact(ctx, c, key, old, value)
			}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

func (s *SQLite) transact(ctx context.Context, c *conn, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := s.whenFree(ctx, func() error { return c.exec("BEGIN IMMEDIATE") }); err != nil {
		return 0, err
	}
	version, err := c.swap([]byte(key), old, value)
	if err == nil {
		err = ctx.Err() // the last moment to take it back
	}
	if err != nil {
		c.rollback()
		return 0, err
	}
	if err := c.exec("COMMIT"); err != nil {
		c.rollback()
		return 0, s.uncommitted(err)
	}
	return version, nil
}

// rollback ends a transaction that SQLite may have ended itself, which is all
// that its plain SQLITE_ERROR means here.
func (c *conn) rollback() {
	err := c.exec("ROLLBACK")
	code, _ := fault(err)
	c.broken = err != nil && code != sqlite3.SQLITE_ERROR
}

// swap does its work within a transaction that nobody else can write in.
func (c *conn) swap(key []byte, old protocol.Version, value []byte) (protocol.Version, error) {
	now, err := c.number("SELECT version FROM record WHERE key = ?", key)
	switch {
	case err != nil:
		return 0, err
	case protocol.Version(now) != old:
		return 0, protocol.ErrConflict
	case value != nil && old != 0:
		return old + 1, c.exec("UPDATE record SET version = version + 1, value = ? WHERE key = ?", value, key)
	case value != nil:
		floor, err := c.number("SELECT version FROM floor")
		if err != nil {
			return 0, err
		}
		return protocol.Version(floor) + 1, c.exec("INSERT INTO record (key, version, value) VALUES (?, ?, ?)", key, floor+1, value)
	case old != 0:
		if err := c.exec("DELETE FROM record WHERE key = ?", key); err != nil {
			return 0, err
		}
		return 0, c.exec("UPDATE floor SET version = max(version, ?)", now)
	}
	return 0, nil // there is no record, as asked
}
