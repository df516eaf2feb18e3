package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"

	"liveapi.host/host/store/internal/files"
)

const (
	applicationID = 0x6c415049 // "lAPI", in the file's header
	schemaVersion = 1          // in the header's user_version
)

// schema makes an empty database a store. The key is a blob, so that it is sorted by
// bytes; the table itself is sorted by it. The change to WAL comes last: no other
// process can see the file yet, so none can block it.
var schema = [...]string{
	"PRAGMA synchronous=FULL",
	fmt.Sprintf("PRAGMA application_id=%d", applicationID),
	"BEGIN IMMEDIATE",
	`CREATE TABLE record (
	key     BLOB    NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL CHECK (version > 0),
	value   BLOB    NOT NULL
) STRICT, WITHOUT ROWID`,
	`CREATE TABLE floor (
	one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	version INTEGER NOT NULL CHECK (version >= 0)
) STRICT`,
	"INSERT INTO floor (one, version) VALUES (1, 0)",
	fmt.Sprintf("PRAGMA user_version=%d", schemaVersion),
	"COMMIT",
	"PRAGMA journal_mode=WAL",
}

// build makes a complete store in a new file. The file exists before
// SQLite opens it: its mode is also the mode of the -wal and -shm files.
func build(name string) error {
	if err := files.WriteNew(name, nil); err != nil {
		return err
	}
	k, err := connector(name)
	if err != nil {
		return err
	}
	dc, err := k.Connect(context.Background())
	if err != nil {
		return err
	}
	c := &conn{Conn: dc, statements: map[string]driver.Stmt{}}
	for _, statement := range schema {
		if err := c.exec(statement); err != nil {
			return errors.Join(err, c.Close())
		}
	}
	if err := c.Close(); err != nil {
		return err
	}
	return flushed(name)
}

// flushed makes sure that a new database is complete without its log.
func flushed(name string) error {
	if info, err := os.Stat(name + "-wal"); err == nil && info.Size() > 0 {
		return errors.New("the new database was not written completely")
	}
	return nil
}

// connect opens a connection and makes sure that the file is a store of a known schema.
func (s *Store) connect(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.Stat(s.path)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be found: %w", err)
	}
	dc, err := s.driver.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: dc, statements: map[string]driver.Stmt{}, file: file}
	if c.gone(s.path) {
		return nil, errors.Join(errors.New("the file was replaced while it was opened; try again"), c.Close())
	}
	if err := s.whenFree(ctx, func() error { return s.prepare(c) }); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (s *Store) prepare(c *conn) error {
	for _, statement := range []string{"PRAGMA synchronous=FULL", "PRAGMA cell_size_check=ON"} {
		if err := c.exec(statement); err != nil {
			return err
		}
	}
	if err := known(c, "main"); err != nil {
		return err
	}
	// It was made in WAL mode; a tool may have changed it.
	mode := ""
	err := c.query("PRAGMA journal_mode=WAL", func(row []driver.Value) error {
		mode, _ = row[0].(string)
		return nil
	})
	if err == nil && mode != "wal" {
		err = fmt.Errorf("journal mode is %q, it must be WAL: keep the store on a local file system", mode)
	}
	if err == nil && s.maxPages > 0 {
		err = c.exec(fmt.Sprintf("PRAGMA max_page_count=%d", s.maxPages))
	}
	return err
}

// known checks the application id and the schema in the header of the database of this
// name in a connection.
func known(c *conn, name string) error {
	application, err := c.number("PRAGMA " + name + ".application_id")
	if err != nil {
		return err
	}
	version, err := c.number("PRAGMA " + name + ".user_version")
	if err != nil {
		return err
	}
	pages, err := c.number("PRAGMA " + name + ".page_count")
	if err != nil {
		return err
	}
	switch {
	case pages == 0:
		return errors.New("the file is empty: restore a copy, or remove it to make a new store")
	case application != applicationID:
		return errors.New("the file is a database of another program: choose another path")
	case version > schemaVersion:
		return fmt.Errorf("its schema %d is of a newer liveapi, this one has schema %d: install the newer one", version, schemaVersion)
	case version != schemaVersion:
		return fmt.Errorf("its schema %d is unknown", version)
	}
	return nil
}
