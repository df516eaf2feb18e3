package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"liveapi.host/host/caller/exit"
	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/protocol"
)

// Copying are the options of [App.CopyStore].
type Copying = store.Copying

// Copied describes a copy. Recorded is set when the copy is in the destination's audit
// record, which needs the records' keys.
type Copied struct {
	store.Copied
	Recorded bool
}

// CopyStore copies every record from one store to another and compares them. The
// result is also valid with an error.
func (a *App) CopyStore(ctx context.Context, from, to string, how Copying) (done Copied, err error) {
	var engines [2]protocol.Storage
	for i, where := range []string{from, to} {
		if err := checkStore(where, i == 0); err != nil {
			return done, exit.Misusef("--%s: %w", []string{"from", "to"}[i], err)
		}
		engine, err := openEngineAt(ctx, where)
		if err != nil {
			return done, err
		}
		defer closeEngine(engine) // its error does not matter: every write has been confirmed
		engines[i] = engine
	}
	if same(from, to) {
		return done, exit.Misusef("--from and --to are the same store")
	}
	done.Copied, err = store.Copy(ctx, engines[0], engines[1], how)
	switch {
	case errors.Is(err, store.ErrNotEmpty):
		return done, fmt.Errorf("%w: name an empty one, or give --resume to continue a copy that was interrupted", err)
	case err != nil:
		return done, fmt.Errorf("the copy is incomplete, %d records were written; repair the cause and continue with --resume: %w",
			done.Written, err)
	}
	ring, err := a.keyRing()
	if err != nil {
		return done, err
	}
	done.Recorded, err = recordedAfter(ctx, engines[1], ring, "store copy", map[string]string{"--from": from, "--to": to})
	return done, err
}

// checkStore returns an error for an invalid address or path of a store. The store to
// copy from has to exist: a wrong path would make an empty database.
func checkStore(where string, exists bool) error {
	switch {
	case where == "":
		return errors.New("name a database file or an address of etcd")
	case etcd.IsAddress(where):
		return etcd.CheckAddress(where)
	case !exists:
		return nil
	}
	_, err := os.Stat(where)
	return err
}

// same reports whether two names are names of one store, as far as the names show it.
func same(from, to string) bool {
	if from == to {
		return true
	}
	one, err1 := os.Stat(from)
	other, err2 := os.Stat(to)
	if err1 == nil && err2 == nil {
		return os.SameFile(one, other)
	}
	return filepath.Clean(from) == filepath.Clean(to)
}
