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
	// In this process writers stand in line here, without a connection, and
	// not in the polling between processes.
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
			<-w.done // it is being written, which cannot be taken back
			return w.version, w.err
		}
	}
}

// lead begins a transaction in the name of w, and only then takes those who
// stand in line into it. So a lock that w does not get, or a context of w that
// ends, is nobody else's failure: the next in line leads.
func (s *Store) lead(w *write) {
	if !s.line.has(w) {
		return // another has led meanwhile
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
			// Nothing of it was written, and whose fault that was is not known;
			// and who met a conflict may have met it with what is not there.
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
			// Nothing was written, and what only the log holds takes space that
			// is free once the database has it.
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

// lock begins a transaction that nobody else can write in.
func (s *Store) lock(ctx context.Context, c *conn) error {
	return s.whenFree(ctx, func() error { return c.exec("BEGIN IMMEDIATE") })
}

// commit runs the writes, one after the other, in the transaction that has begun
// on c, and commits it. The error is the transaction's: of it nothing was
// written, or it is not known. The outcome of each write stands in the write,
// and holds if there was no error.
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

// rollback ends a transaction that SQLite may have ended itself, which is all
// that its plain SQLITE_ERROR means here.
func (c *conn) rollback() {
	err := c.exec("ROLLBACK")
	code, _ := fault(err)
	c.broken = err != nil && code != sqlite3.SQLITE_ERROR
}

// swap does its work within a transaction that nobody else can write in. At a
// conflict it has written nothing.
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
