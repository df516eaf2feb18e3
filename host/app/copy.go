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

// Copying says how [App.CopyStore] works.
type Copying = store.Copying

// Copied is what was copied, and whether it stands in the destination's audit
// record: it does when the records' keys are here.
type Copied struct {
	store.Copied
	Recorded bool
}

// CopyStore copies every record from one store to another and compares them. The
// copy is returned also when it is not complete.
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
		defer closeEngine(engine) // nothing is on its way any more
		engines[i] = engine
	}
	if same(from, to) {
		return done, exit.Misusef("--from and --to are the same store")
	}
	done.Copied, err = store.Copy(ctx, engines[0], engines[1], how)
	switch {
	case errors.Is(err, store.ErrNotEmpty):
		return done, fmt.Errorf("%w: name an empty one, or say --resume to go on with a copy that was interrupted", err)
	case err != nil:
		return done, fmt.Errorf("the copy is not complete, %d records were written; go on with --resume when what is wrong is mended: %w", done.Written, err)
	}
	ring, err := a.keyRing()
	if err != nil {
		return done, err
	}
	done.Recorded, err = recordedAfter(ctx, engines[1], ring, "store copy", map[string]string{"--from": from, "--to": to})
	return done, err
}

// checkStore reports what is wrong with a store's address or path. One that has
// the records has to be there: a wrong path would make an empty database.
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

// same reports whether two names lead to one store, as far as names tell.
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
