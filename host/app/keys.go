package app

import (
	"context"
	"errors"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/protocol"
)

// Keys describes the keys that seal records.
type Keys struct {
	All    []keys.Key
	Census store.Census // numbers of records, by the keys that have sealed them
	None   error        // why there are no keys; nil when there are keys
}

// ListKeys reads the key file and every record.
func (a *App) ListKeys(ctx context.Context) (*Keys, error) {
	ring, err := a.keyRing()
	if err != nil {
		return nil, err
	}
	known := new(Keys)
	if known.All, known.None = ring.List(); known.None != nil && !errors.Is(known.None, keys.ErrNoFile) {
		return nil, known.None
	}
	err = a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return nil
		}
		census, err := store.Count(ctx, engine, ring)
		if err == nil {
			known.Census = *census
		}
		return err
	})
	return known, err
}

// AddKey makes a new key, which seals from now on unless standby is set.
func (a *App) AddKey(ctx context.Context, standby bool) (id string, err error) {
	ring, err := a.keyRing()
	if err != nil {
		return "", err
	}
	return ring.Add(ctx, standby)
}

// PromoteKey makes a key of the file the one that seals from now on.
func (a *App) PromoteKey(ctx context.Context, id string) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	return ring.Promote(ctx, id)
}

// RetireKey removes a key from the file. No record of the store may need it.
func (a *App) RetireKey(ctx context.Context, id string) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	return a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return errors.New("there is no store, so it is not known whether records need the key: name the store's folder with --state")
		}
		return store.Retire(ctx, engine, ring, id)
	})
}

// Rekeyed is the report of [App.Rekey].
type Rekeyed = store.Rekeyed

// Rekey seals with the newest key every record that another key has sealed. It calls
// begin with the number of records, and progress with the number of records that were
// checked. The report is also valid with an error; it is nil when there is no store.
func (a *App) Rekey(ctx context.Context, begin, progress func(records int)) (report *Rekeyed, err error) {
	ring, err := a.keyRing()
	if err != nil {
		return nil, err
	}
	err = a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return nil
		}
		census, err := store.Count(ctx, engine, ring)
		if err != nil {
			return err
		}
		begin(census.Records)
		report, err = store.Rekey(ctx, engine, ring, progress)
		return err
	})
	return report, err
}
