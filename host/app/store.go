package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// openStore opens the database on first use.
func (a *App) openStore(ctx context.Context) (protocol.Storage, error) {
	ring, err := a.keyRing()
	if err != nil {
		return nil, err
	}
	engine, err := a.openEngine(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.keysAreHere(ctx, engine); err != nil {
		return nil, errors.Join(err, closeEngine(engine))
	}
	return store.Sealed(engine, ring), nil
}

// openEngine opens what keeps the sealed records.
func (a *App) openEngine(ctx context.Context) (protocol.Storage, error) {
	if err := os.MkdirAll(a.State, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	return openEngineAt(ctx, a.database())
}

// errNotEmbedded is the error of what works on a database file only.
var errNotEmbedded = errors.New("the records are kept in etcd, not in an embedded store: use \"etcdctl snapshot save\" and \"etcdutl snapshot restore\"")

// embedded is where the embedded store is, or will be; an error when the records
// are kept elsewhere.
func (a *App) embedded() (string, error) {
	if etcd.IsAddress(a.database()) {
		return "", errNotEmbedded
	}
	return a.database(), nil
}

// database is where the records are: an address of etcd, or a path.
func (a *App) database() string {
	if a.Store != "" {
		return a.Store
	}
	return filepath.Join(a.State, "liveapi.db")
}

// openEngineAt opens the engine at an address of etcd or a path.
func openEngineAt(ctx context.Context, where string) (protocol.Storage, error) {
	if etcd.IsAddress(where) {
		engine, err := etcd.Open(where)
		if err != nil {
			return nil, err
		}
		return engine, nil
	}
	engine, err := sqlite.Open(ctx, where)
	if err != nil {
		return nil, err
	}
	return engine, nil
}

func closeEngine(engine protocol.Storage) error {
	if c, ok := engine.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// keysAreHere refuses a machine of a fleet that has no key file while the fleet
// has records: it would make a key of its own, and what it seals with that, no
// other machine could open.
func (a *App) keysAreHere(ctx context.Context, engine protocol.Storage) error {
	if !etcd.IsAddress(a.database()) {
		return nil
	}
	if strings.HasPrefix(a.Key, credential) {
		return nil // it is never made
	}
	missing := func() bool { // what else may be wrong with it, the key ring says
		_, err := os.Lstat(a.Key)
		return errors.Is(err, fs.ErrNotExist)
	}
	if !missing() {
		return nil
	}
	there, err := engine.List(ctx, "", "", 1)
	if err != nil || len(there) == 0 || !missing() { // another host may have made the key and the record meanwhile
		return err
	}
	return fmt.Errorf("the store %s has records, and their key is not on this machine: copy the key file of another host to %s, with mode 0600", a.database(), a.Key)
}
