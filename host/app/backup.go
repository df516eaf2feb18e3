package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"liveapi.host/host/audit"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// Backup writes a verified copy of the embedded store to a new file, and returns its
// number of records. Unless unopened is set, it has opened each record with the keys.
func (a *App) Backup(ctx context.Context, file string, unopened bool) (records int, err error) {
	ring, err := a.keyRing()
	if err != nil {
		return 0, err
	}
	var openWith sqlite.Keys // nil: do not open the records
	if !unopened {
		openWith = ring
	}
	err = a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return fmt.Errorf("there is no store in %s: name the store's folder with --state", a.State)
		}
		embedded, ok := engine.(*sqlite.Store)
		if !ok {
			return errNotEmbedded
		}
		contents, err := embedded.Backup(ctx, file, time.Now(), openWith)
		if err == nil {
			records = contents.Records
		}
		return err
	})
	return records, err
}

// Restored describes a restored backup.
type Restored = sqlite.Restored

// Restore replaces the records of the embedded store by those of a backup and returns
// the store's path. A store that has records is replaced only with replace; its audit
// record stays.
func (a *App) Restore(ctx context.Context, file string, replace bool) (path string, done *Restored, err error) {
	path, err = a.embedded()
	if err != nil {
		return "", nil, err
	}
	ring, err := a.keyRing()
	if err != nil {
		return "", nil, err
	}
	done, err = sqlite.Restore(ctx, path, file, ring, sqlite.Restoring{Replace: replace, Keep: audit.Prefix})
	if errors.Is(err, sqlite.ErrRecords) {
		err = fmt.Errorf("%w: take a backup of it and give --replace", err)
	}
	return path, done, err
}
