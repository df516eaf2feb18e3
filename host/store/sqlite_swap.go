package store

import (
	"context"

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
	err := s.hold(ctx, func(c *conn) error {
		if err := s.whenFree(ctx, func() error { return c.exec("BEGIN IMMEDIATE") }); err != nil {
			return err
		}
		v, err := c.swap([]byte(key), old, value)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			c.broken = c.exec("ROLLBACK") != nil
			return err
		}
		if err := c.exec("COMMIT"); err != nil {
			c.broken = true
			return s.uncommitted(err)
		}
		version = v
		return nil
	})
	if err != nil {
		return 0, err
	}
	return version, nil
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
