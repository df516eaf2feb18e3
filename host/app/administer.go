package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"liveapi.host/host/audit"
	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/sys/identity"
	"liveapi.host/protocol"
)

// withEngine calls work with the store, whose records are still sealed, and closes it.
// It does not make an embedded store: when there is none, the engine is nil.
func (a *App) withEngine(ctx context.Context, work func(engine protocol.Storage) error) (err error) {
	if path, e := a.embedded(); e == nil {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return work(nil)
		}
	}
	engine, err := a.openEngine(ctx)
	if err != nil {
		return err
	}
	if c, ok := engine.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	return work(engine)
}

// Recorded calls act, the work of an administrator's command, and records it in the
// audit record of the store: the command with its arguments and flags, none of which
// may be a secret. When there is no store or no key yet, only the end is recorded,
// after act has made them.
func (a *App) Recorded(ctx context.Context, what string, with map[string]string, act func() error) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	made := false
	err = a.withEngine(ctx, func(engine protocol.Storage) error {
		_, missing := ring.List()
		if engine == nil || errors.Is(missing, keys.ErrNoFile) { // sealing an entry would make a key
			made = true
			return act()
		}
		return recorded(ctx, store.Sealed(engine, ring), what, with, act)
	})
	if err != nil || !made {
		return err
	}
	return a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return nil
		}
		_, err := recordedAfter(ctx, engine, ring, what, with)
		return err
	})
}

// recordedAfter writes an entry about a command that was not recorded before. It does
// so only when all keys of the records are here: an entry under another key could not
// be read with them. It reports whether it wrote the entry.
func recordedAfter(ctx context.Context, engine protocol.Storage, ring *keys.Ring, what string, with map[string]string) (bool, error) {
	list, err := ring.List()
	if errors.Is(err, keys.ErrNoFile) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	census, err := store.Count(ctx, engine, ring)
	if err != nil {
		return false, err
	}
	for _, key := range list {
		delete(census.By, key.ID)
	}
	if len(census.By)+len(census.Unknown) > 0 {
		return false, nil
	}
	e := entry(what, with)
	e.When, e.Outcome = time.Now(), audit.Done
	return true, audit.Append(ctx, store.Sealed(engine, ring), e)
}

// entry returns an entry about a command, without a time and an outcome.
func entry(what string, with map[string]string) audit.Entry {
	me := self(identity.Own())
	return audit.Entry{Who: me.Account, From: me.Origin, What: "liveapi " + what, With: with, ID: strings.ToLower(rand.Text()[:12])}
}

// recorded calls act between two entries of the audit record in data. with has the
// arguments for the entries, without secrets.
func recorded(ctx context.Context, data protocol.Storage, what string, with map[string]string, act func() error) error {
	var failure error
	began, err := audit.Do(ctx, data, time.Now, entry(what, with), func() string {
		if failure = act(); failure != nil {
			return "failed: " + failure.Error()
		}
		return audit.Done
	})
	switch {
	case !began:
		return fmt.Errorf("nothing was done, because the audit record could not be written: %w", err)
	case err != nil:
		return errors.Join(failure, fmt.Errorf("the command has run, but its end could not be written to the audit record: %w", err))
	}
	return failure
}
