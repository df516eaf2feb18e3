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

// openEngine opens the engine with the sealed records.
func (a *App) openEngine(ctx context.Context) (protocol.Storage, error) {
	if err := os.MkdirAll(a.State, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	return openEngineAt(ctx, a.database())
}

// errNotEmbedded is the error of commands that need a database file.
var errNotEmbedded = errors.New("the records are kept in etcd, not in an embedded store: use \"etcdctl snapshot save\" and \"etcdutl " +
	"snapshot restore\"")

// embedded returns the path of the embedded store, which need not exist yet; an error
// when the records are in etcd.
func (a *App) embedded() (string, error) {
	if etcd.IsAddress(a.database()) {
		return "", errNotEmbedded
	}
	return a.database(), nil
}

// database returns where the records are: an address of etcd, or a path.
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

// keysAreHere returns an error on a machine of a fleet that has no key file although
// the fleet has records: the machine would make its own key, and no other machine
// could open the records that this key seals.
func (a *App) keysAreHere(ctx context.Context, engine protocol.Storage) error {
	if !etcd.IsAddress(a.database()) {
		return nil
	}
	if strings.HasPrefix(a.Key, credential) {
		return nil // a credential is never made
	}
	missing := func() bool { // the key ring reports other errors of the file
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
	return fmt.Errorf("the store %s has records, but their key is not on this machine: copy the key file of another host to %s, with "+
		"mode 0600", a.database(), a.Key)
}
