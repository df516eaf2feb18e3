package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"liveapi.host/protocol"
)

// conn is one connection with its prepared statements; one call uses it at a time. It
// uses the driver directly, because database/sql does not show which connection a
// statement runs on, and cannot distinguish a failed commit from one with an unknown
// outcome.
//
// Statements run without a context: each is short, and the outcome of an interrupted
// commit would be unknown. Waiting is done outside, see [Store.whenFree].
type conn struct {
	driver.Conn
	statements map[string]driver.Stmt
	file       os.FileInfo // the file that is open, whatever is at its path later
	broken     bool        // a transaction may still be open
}

func (c *conn) prepare(query string) (driver.Stmt, error) {
	if st := c.statements[query]; st != nil {
		return st, nil
	}
	st, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = st
	return st, nil
}

func named(args []driver.Value) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return values
}

func (c *conn) exec(query string, args ...driver.Value) error {
	st, err := c.prepare(query)
	if err != nil {
		return err
	}
	_, err = st.(driver.StmtExecContext).ExecContext(context.Background(), named(args))
	return err
}

// query calls each for every row; each may keep the values.
func (c *conn) query(query string, each func(row []driver.Value) error, args ...driver.Value) (err error) {
	st, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := st.(driver.StmtQueryContext).QueryContext(context.Background(), named(args))
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

// number returns the one number that a query returns, or 0 for no row.
func (c *conn) number(query string, args ...driver.Value) (n int64, err error) {
	err = c.query(query, func(row []driver.Value) error {
		var ok bool
		if n, ok = row[0].(int64); !ok {
			return errRow
		}
		return nil
	}, args...)
	return n, err
}

// gone reports whether path is now another file, or does not exist.
func (c *conn) gone(path string) bool {
	info, err := os.Stat(path)
	return err != nil || !os.SameFile(c.file, info)
}

func (c *conn) Close() error {
	var errs []error
	for _, st := range c.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}

// use runs a call that only reads on a connection of its own, and repeats it while
// another process blocks it.
func (s *Store) use(ctx context.Context, call func(c *conn) error) error {
	return s.hold(ctx, func(c *conn) error {
		return s.whenFree(ctx, func() error { return call(c) })
	})
}

// hold runs a call on a connection, and closes the connection after an error that may
// affect later calls.
func (s *Store) hold(ctx context.Context, call func(c *conn) error) error {
	if err := ctx.Err(); err != nil {
		return s.explain(err)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return s.explain(ctx.Err())
	}
	c, err := s.take(ctx)
	if err != nil {
		return s.explain(err)
	}
	err = call(c)
	s.put(c, err)
	return s.explain(err)
}

var errClosed = errors.New("it was closed")

// take returns a connection for exclusive use, until put.
func (s *Store) take(ctx context.Context) (*conn, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errClosed
	}
	s.inUse++
	var c *conn
	if n := len(s.idle); n > 0 {
		c = s.idle[n-1]
		s.idle = s.idle[:n-1]
	}
	s.mu.Unlock()
	if c != nil {
		if !c.gone(s.path) {
			return c, nil
		}
		c.Close() // it concerns only the old file, and no caller could use the error
	}
	c, err := s.connect(ctx)
	if err != nil {
		s.put(nil, nil)
	}
	return c, err
}

// put returns a connection, or closes it when the error may affect later calls. A
// connection without disk space is kept: opening another one needs space, but reading
// does not.
func (s *Store) put(c *conn, err error) {
	code, _ := fault(err)
	kept := code == 0 || code == sqlite3.SQLITE_FULL || busy(err) || errors.Is(err, protocol.ErrFull)
	if c != nil && (c.broken || !kept) {
		c.Close() // the call reports its own error
		c = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inUse--
	if c != nil {
		s.idle = append(s.idle, c)
	}
	s.returned.Broadcast()
}

// The first and the longest pause between two attempts to get a lock. A commit takes
// about a millisecond, and a process that writes all the time leaves the lock free only
// for a small part of this: with rare attempts the wait would be long.
const (
	firstPause   = 200 * time.Microsecond
	longestPause = 2 * time.Millisecond
)

// whenFree repeats attempt while it fails because of a lock of another process, until
// ctx ends or the longest wait is over. SQLite's own waiting does not cover every such
// error, and ignores ctx.
func (s *Store) whenFree(ctx context.Context, attempt func() error) error {
	err := attempt()
	if !busy(err) {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, s.maxWait)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-bounded.Done():
			timer.Stop()
			if e := ctx.Err(); e != nil {
				return e
			}
			return &protocol.Error{
				Code: protocol.CodeUnavailable, Text: "the store is locked by another process; try again",
				Err: fmt.Errorf("waited %v: %w", s.maxWait, err),
			}
		}
		if err = attempt(); !busy(err) {
			return err
		}
	}
}
