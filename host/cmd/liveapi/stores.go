package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// openStore opens the database on first use.
func (a *app) openStore(ctx context.Context) (protocol.Storage, error) {
	engine, err := a.openEngine(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.keysAreHere(ctx, engine); err != nil {
		return nil, errors.Join(err, closeEngine(engine))
	}
	return store.Sealed(engine, a.keys()), nil
}

// openEngine opens what keeps the sealed records.
func (a *app) openEngine(ctx context.Context) (protocol.Storage, error) {
	if err := os.MkdirAll(a.State, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	return openEngineAt(ctx, a.database())
}

// keys are what seals and opens records.
func (a *app) keys() *store.KeyRing {
	return store.NewKeyRing(filepath.Join(a.State, "liveapi.key"), rand.Reader)
}
