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
	"strings"
	"sync"
	"time"

	modernc "modernc.org/sqlite"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/host/store/internal/files"
	"liveapi.host/protocol"
)

const (
	// connections bounds how many calls one process runs on a database at a
	// time; at most one of them writes.
	connections = 4

	// DefaultMaxWait is how long a call waits for another process.
	DefaultMaxWait = 10 * time.Second

	// pageSize is SQLite's own default, in bytes.
	pageSize = 4096
)

// Store is the embedded engine: one database file that any number of host
// processes use at once, in WAL mode with synchronous=FULL, so that a Swap that
// succeeded survives a power cut. Readers never wait for writers.
//
// Versions of a record count up by one. They never restart: the highest version of all
// deleted records is stored as the floor, and a new record starts above it. So a
// deleted key leaves no data, and only a delete writes the floor.
//
// A connection is closed after an error, and the next call opens a new one. So the
// store works again without a restart when the disk is no longer full or read-only.
//
// The database must be on a local file system: WAL needs shared memory.
type Store struct {
	path     string
	maxWait  time.Duration
	maxPages int64
	driver   driver.Connector

	slots  chan struct{} // one slot for each connection in use
	writer chan struct{} // held by the one call that writes, for all in the queue
	line   line

	mu       sync.Mutex
	idle     []*conn // the one used last is used next
	inUse    int     // connections that a call has
	returned *sync.Cond
	closed   bool
}

// Option changes how [Open] opens a database.
type Option func(*Store)

// MaxWait sets how long a call waits for other processes, unless its context ends
// earlier. The default is [DefaultMaxWait].
func MaxWait(d time.Duration) Option { return func(s *Store) { s.maxWait = d } }

// MaxBytes bounds the size of the database file, rounded down to pages of 4096
// bytes; a Swap that would make it larger fails with [protocol.ErrFull]. The
// log beside it (-wal) is not counted.
func MaxBytes(n int64) Option {
	return func(s *Store) { s.maxPages = max(n/pageSize, 1) }
}

// Open opens the database file at path. Where there is none, it is made,
// with the folders above it, all for their owner only (0600, 0700); an existing
// file keeps its mode. A file that is empty or not a store is refused and never
// overwritten: taking it for a new store would forget every record.
//
// A file that is missing later is an error, and is never made again. A file that was
// replaced, for example by a restored copy, is used from the next call on.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{path: abs, maxWait: DefaultMaxWait, slots: make(chan struct{}, connections), writer: make(chan struct{}, 1)}
	s.returned = sync.NewCond(&s.mu)
	for _, option := range options {
		option(s)
	}
	if s.driver, err = connector(abs); err != nil {
		return nil, s.explain(err)
	}
	c, err := s.connect(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.begin(); err != nil {
			return nil, fmt.Errorf("store %s cannot be made: %w", abs, err)
		}
		c, err = s.connect(ctx)
	}
	if err != nil {
		return nil, s.explain(err)
	}
	s.idle = append(s.idle, c)
	return s, nil
}

// connector opens connections to an existing file.
func connector(path string) (driver.Connector, error) {
	if strings.ContainsRune(path, 0) {
		return nil, errors.New("a path must not contain zero bytes")
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: "mode=rw&_error_rc=1"}
	return modernc.NewConnector(name.String())
}

// begin makes a new store, unless there is a file at its path by now, because another
// process was faster. A dangling link is an error, not a new store.
func (s *Store) begin() error {
	if _, err := os.Lstat(s.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := files.Publish(s.path, build); !errors.Is(err, files.ErrTaken) {
		return err
	}
	return nil
}

// Get implements [protocol.Storage].
func (s *Store) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := bounds.Key(key, bounds.MaxKey); err != nil {
		return protocol.Record{}, err
	}
	rec, found := protocol.Record{Key: key}, false
	err := s.use(ctx, func(c *conn) error {
		return c.query("SELECT version, value FROM record WHERE key = ?", func(row []driver.Value) (err error) {
			found = true
			rec.Version, rec.Value, err = decode(row[0], row[1])
			return err
		}, []byte(key))
	})
	switch {
	case err != nil:
		return protocol.Record{}, err
	case !found:
		return protocol.Record{}, protocol.ErrNotFound
	}
	return rec, nil
}

// List implements [protocol.Storage].
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if err := bounds.Limit(limit); err != nil {
		return nil, err
	}
	from, to := bounds.Span(prefix, after)
	var recs []protocol.Record
	err := s.use(ctx, func(c *conn) error {
		recs = nil // an earlier attempt may have added some
		const query = "SELECT key, version, value FROM record WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
		return c.query(query, func(row []driver.Value) error {
			key, ok := row[0].([]byte)
			if !ok {
				return errRow
			}
			version, value, err := decode(row[1], row[2])
			recs = append(recs, protocol.Record{Key: string(key), Version: version, Value: value})
			return errors.Join(err, ctx.Err())
		}, from, to, int64(limit))
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

var errRow = errors.New("a row does not have the form in which it was stored")

// decode returns the values of a row; the driver returns nil for an empty value.
func decode(version, value driver.Value) (protocol.Version, []byte, error) {
	n, ok := version.(int64)
	if !ok || n < 1 {
		return 0, nil, errRow
	}
	v, ok := value.([]byte)
	switch {
	case value != nil && !ok:
		return 0, nil, errRow
	case v == nil:
		v = []byte{}
	}
	return protocol.Version(n), v, nil
}

// Close waits for the calls in progress and closes the database. Calls that
// come later fail. It is safe to call twice.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for s.inUse > 0 {
		s.returned.Wait()
	}
	var errs []error
	for _, c := range s.idle {
		errs = append(errs, c.Close())
	}
	s.idle = nil
	if err := errors.Join(errs...); err != nil {
		return s.explain(err)
	}
	return nil
}
