package sqlite

import (
	"context"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/protocol"
)

// Swap implements [protocol.Storage]. Swaps of this process that wait for the
// same turn share one transaction and its one sync: see [Store.lead].
func (s *Store) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := bounds.Key(key, bounds.MaxKey); err != nil {
		return 0, err
	}
	if err := bounds.Value(value, bounds.MaxValue); err != nil {
		return 0, err
	}
	w := &write{ctx: ctx, key: []byte(key), old: old, value: value, done: make(chan struct{})}
	s.line.join(w)
	// The writers of this process wait here in a queue, without a connection; only
	// one of them polls for the lock between processes.
	for {
		select {
		case <-w.done:
			return w.version, w.err
		case s.writer <- struct{}{}:
			func() {
				defer func() { <-s.writer }()
				s.lead(w)
			}()
		case <-ctx.Done():
			if s.line.leave(w) {
				return 0, s.explain(ctx.Err())
			}
			<-w.done // it is being written and cannot be cancelled
			return w.version, w.err
		}
	}
}

// lead begins a transaction for w, and then adds the writes of the queue to it. So when
// w does not get the lock, or its context ends, only w fails: the next in the queue
// leads.
func (s *Store) lead(w *write) {
	if !s.line.has(w) {
		return // another write has led meanwhile
	}
	var batch []*write
	err := s.hold(w.ctx, func(c *conn) error {
		if err := s.lock(w.ctx, c); err != nil {
			return err
		}
		batch = s.line.take()
		return s.commit(c, batch)
	})
	if batch == nil {
		s.line.leave(w)
		w.finish(0, err)
		return
	}
	for _, w := range batch {
		switch {
		case err == nil:
		case errors.Is(err, protocol.ErrUnknown) && w.err == nil:
			w.version, w.err = 0, err
		case len(batch) > 1, errors.Is(err, protocol.ErrFull):
			// Nothing was written, and it is not known which write caused the error. A
			// conflict may have been with a write of this batch, which is not stored.
			s.alone(w)
		default:
			w.version, w.err = 0, err
		}
		w.finish(w.version, w.err)
	}
}

// alone gives w a transaction of its own.
func (s *Store) alone(w *write) {
	err := s.hold(w.ctx, func(c *conn) error {
		attempt := func() error {
			if err := s.lock(w.ctx, c); err != nil {
				return err
			}
			return s.commit(c, []*write{w})
		}
		err := attempt()
		if code, _ := fault(err); code == sqlite3.SQLITE_FULL || errors.Is(err, protocol.ErrFull) {
			// Nothing was written. A checkpoint moves data from the log to the
			// database, which frees space in the log.
			if c.exec("PRAGMA wal_checkpoint") == nil {
				err = attempt()
			}
		}
		return err
	})
	if err != nil {
		w.version, w.err = 0, err
	}
}

// lock begins a transaction that excludes all other writers.
func (s *Store) lock(ctx context.Context, c *conn) error {
	return s.whenFree(ctx, func() error { return c.exec("BEGIN IMMEDIATE") })
}

// commit runs the writes, one after the other, in the open transaction of c, and
// commits it. The error is that of the transaction: nothing was written, or the outcome
// is unknown. Each write has its own outcome, which is valid if there was no error.
func (s *Store) commit(c *conn, batch []*write) error {
	for _, w := range batch {
		if w.version, w.err = 0, s.explain(w.ctx.Err()); w.err != nil {
			continue
		}
		version, err := c.swap(w.key, w.old, w.value)
		if err != nil && !errors.Is(err, protocol.ErrConflict) {
			c.rollback()
			return err
		}
		w.version, w.err = version, err
	}
	if err := c.exec("COMMIT"); err != nil {
		c.rollback()
		return s.uncommitted(err)
	}
	return nil
}

// rollback ends a transaction. SQLite may have ended it already: here a plain
// SQLITE_ERROR means just this.
func (c *conn) rollback() {
	err := c.exec("ROLLBACK")
	code, _ := fault(err)
	c.broken = err != nil && code != sqlite3.SQLITE_ERROR
}

// swap runs in a transaction that excludes other writers. After a conflict it has
// written nothing.
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
