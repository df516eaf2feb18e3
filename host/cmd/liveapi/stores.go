package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/protocol"
)

// openStore opens the database on first use.
func (a *app) openStore(ctx context.Context) (protocol.Storage, error) {
	keys, err := a.keys()
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
	return store.Sealed(engine, keys), nil
}

// openEngine opens what keeps the sealed records.
func (a *app) openEngine(ctx context.Context) (protocol.Storage, error) {
	if err := os.MkdirAll(a.State, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	return openEngineAt(ctx, a.database())
}

// errNotEmbedded is the error of what works on a database file only.
var errNotEmbedded = errors.New("the records are kept in etcd, not in an embedded store: use \"etcdctl snapshot save\" and \"etcdutl snapshot restore\"")

// embedded is where the embedded store is, or will be; an error when the records
// are kept elsewhere.
func (a *app) embedded() (string, error) {
	if etcd.IsAddress(a.database()) {
		return "", errNotEmbedded
	}
	return a.database(), nil
}
