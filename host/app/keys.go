package app

import (
	"context"
	"errors"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/protocol"
)

// Keys is what is known of the keys that seal records.
type Keys struct {
	All    []keys.Key
	Census store.Census // of the records, by the keys that have sealed them
	None   error        // why there are no keys; nil when there are
}

// ListKeys looks at the key file and at every record.
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

// AddKey makes a new key, which seals from now on unless it is to stand by.
func (a *App) AddKey(ctx context.Context, standby bool) (id string, err error) {
	ring, err := a.keyRing()
	if err != nil {
		return "", err
	}
	return ring.Add(ctx, standby)
}

// PromoteKey has a key of the file seal from now on.
func (a *App) PromoteKey(ctx context.Context, id string) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	return ring.Promote(ctx, id)
}

// RetireKey takes a key out of the file that seals nothing any more.
func (a *App) RetireKey(ctx context.Context, id string) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	return a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return errors.New("there is no store, so whether records need the key cannot be said: name the store's folder with --state")
		}
		return store.Retire(ctx, engine, ring, id)
	})
}

// Rekeyed is what was sealed anew.
type Rekeyed = store.Rekeyed

// Rekey seals every record anew that the newest key has not sealed. begin is told
// how many records there are, progress how many were looked at. The report is there
// also when it was broken off; it is nil when there is no store.
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
