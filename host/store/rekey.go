package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"liveapi.host/protocol"
)

// Rekeyed is the report of [Rekey].
type Rekeyed struct {
	Records int     // checked
	Sealed  int     // resealed
	Failed  []error // one for each record that does not open; it names its key
}

// writers is how many records are resealed at a time: they share commits.
const writers = 16

// Rekey reseals every record of an engine that is not sealed by the key that seals
// now. It uses compare-and-swap, so hosts may read and write meanwhile. It can be
// interrupted at any time and started again. A record that does not open stays as it
// is and is reported. progress is called with the number of records so far, from one
// goroutine at a time; nil is allowed.
//
// Errors are those of the engine or the keys that stopped it.
func Rekey(ctx context.Context, engine protocol.Storage, ring Ring, progress func(done int)) (*Rekeyed, error) {
	report := new(Rekeyed)
	return report, each(ctx, engine, func(recs []protocol.Record) error {
		var mu sync.Mutex
		var all sync.WaitGroup
		var failed error
		place := make(chan struct{}, writers)
		for _, rec := range recs {
			place <- struct{}{}
			all.Go(func() {
				defer func() { <-place }()
				sealed, err := rekey(ctx, engine, ring, rec)
				mu.Lock()
				defer mu.Unlock()
				var unopened *unopenedError
				switch {
				case errors.As(err, &unopened):
					report.Failed = append(report.Failed, err)
				case err != nil:
					failed = errors.Join(failed, err)
					return
				}
				report.Records++
				report.Sealed += sealed
				if progress != nil {
					progress(report.Records)
				}
			})
		}
		all.Wait()
		return failed
	})
}

// unopenedError is the error of a record that the keys do not open.
type unopenedError struct {
	key string
	err error
}

func (e *unopenedError) Error() string { return fmt.Sprintf("record %q: %v", e.key, e.err) }
func (e *unopenedError) Unwrap() error { return e.err }

// rekey reseals one record, unless it was deleted or resealed by another process. It
// returns how many were resealed: 1 or 0.
func rekey(ctx context.Context, engine protocol.Storage, ring Ring, rec protocol.Record) (int, error) {
	for {
		sealed, err := reseal(ctx, engine, ring, rec)
		if !errors.Is(err, protocol.ErrConflict) && !errors.Is(err, protocol.ErrUnknown) {
			return sealed, err
		}
		key := rec.Key
		rec, err = engine.Get(ctx, key)
		if errors.Is(err, protocol.ErrNotFound) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// reseal seals a record with the key that seals now, unless it already is.
func reseal(ctx context.Context, engine protocol.Storage, ring Ring, rec protocol.Record) (int, error) {
	if current, err := ring.Current(ctx, rec.Value); err != nil || current {
		return 0, err
	}
	value, err := ring.Open(ctx, rec.Key, rec.Value)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, &unopenedError{rec.Key, err}
	}
	box, done, err := ring.Seal(ctx, rec.Key, value)
	if err != nil {
		return 0, err
	}
	defer done()
	if _, err := engine.Swap(ctx, rec.Key, rec.Version, box); err != nil {
		return 0, err
	}
	return 1, nil
}

// Retire removes a key from its ring. It refuses the key that seals, and a key that a
// record of the engine still needs.
func Retire(ctx context.Context, engine protocol.Storage, ring Ring, id string) error {
	return ring.Remove(ctx, id, func() error {
		census, err := Count(ctx, engine, ring)
		if err != nil {
			return err
		}
		if n := census.By[id]; n > 0 {
			return fmt.Errorf("%d of %d records are still sealed by the key %s: run \"liveapi keys rekey\" first", n, census.Records, id)
		}
		if n := len(census.Unknown); n > 0 {
			return fmt.Errorf("%d records are sealed in an unknown format, the first is %q: their key is not known", n, census.Unknown[0])
		}
		return nil
	})
}
