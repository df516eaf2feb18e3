package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"liveapi.host/protocol"
)

// Census is how the records of a store are sealed.
type Census struct {
	Records int
	By      map[string]int // records by the id of the key that sealed them
	Unknown []string       // keys of the records that are not sealed, or in a way that is not known
}

// page is how many records are in memory at a time, of 1 MiB at most each.
const page = 100

// Count looks at every record of an engine, and opens none.
func Count(ctx context.Context, engine protocol.Storage) (*Census, error) {
	c := &Census{By: map[string]int{}}
	return c, each(ctx, engine, func(recs []protocol.Record) error {
		for _, rec := range recs {
			c.Records++
			if id, err := sealedBy(rec.Value); err != nil {
				c.Unknown = append(c.Unknown, rec.Key)
			} else {
				c.By[id.String()]++
			}
		}
		return nil
	})
}

// each calls visit for all records, in pages. What is stored meanwhile may be
// among them or not.
func each(ctx context.Context, engine protocol.Storage, visit func([]protocol.Record) error) error {
	after := ""
	for {
		recs, err := engine.List(ctx, "", after, page)
		if err != nil || len(recs) == 0 {
			return err
		}
		if err := visit(recs); err != nil {
			return err
		}
		after = recs[len(recs)-1].Key
	}
}

// Rekeyed is what [Rekey] has done.
type Rekeyed struct {
	Records int     // looked at
	Sealed  int     // sealed anew
	Failed  []error // one for each record that does not open; it names its key
}

// writers is how many records are sealed anew at a time: they share commits.
const writers = 16

// Rekey seals every record of an engine anew that another key has sealed than the
// one that seals now, by compare-and-swap: hosts may read and write meanwhile. It
// can be broken off at any point and begun again. A record that does not open
// stays as it is, and is reported. progress is called with the number of records
// that are done, from one goroutine at a time; nil is allowed.
//
// Errors: what kept the engine or the keys from going on.
func Rekey(ctx context.Context, engine protocol.Storage, keys *KeyRing, progress func(done int)) (*Rekeyed, error) {
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
				sealed, err := rekey(ctx, engine, keys, rec)
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

// unopenedError is a record that its keys do not open.
type unopenedError struct {
	key string
	err error
}

func (e *unopenedError) Error() string { return fmt.Sprintf("record %q: %v", e.key, e.err) }
func (e *unopenedError) Unwrap() error { return e.err }

// rekey seals one record anew, unless it is gone or another has done so. It
// returns how many were sealed: 1 or 0.
func rekey(ctx context.Context, engine protocol.Storage, keys *KeyRing, rec protocol.Record) (int, error) {
	for {
		sealed, err := keys.reseal(ctx, rec, func(box []byte) error {
			_, err := engine.Swap(ctx, rec.Key, rec.Version, box)
			return err
		})
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

// reseal gives store the record as the newest key seals it, unless that has
// sealed it already.
func (r *KeyRing) reseal(ctx context.Context, rec protocol.Record, store func(box []byte) error) (int, error) {
	k, err := r.hold(ctx)
	if err != nil {
		return 0, err
	}
	newest := k.newest
	k.release()
	if id, err := sealedBy(rec.Value); err == nil && id == newest {
		return 0, nil
	}
	value, err := r.open(ctx, rec.Key, rec.Value)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, &unopenedError{rec.Key, err}
	}
	box, done, err := r.seal(ctx, rec.Key, value)
	if err != nil {
		return 0, err
	}
	defer done()
	if err := store(box); err != nil {
		return 0, err
	}
	return 1, nil
}

// Retire takes a key out of the file. It refuses the key that seals, and one that
// a record of the engine is still sealed by.
func Retire(ctx context.Context, engine protocol.Storage, keys *KeyRing, id string) error {
	return keys.remove(ctx, id, func() error {
		census, err := Count(ctx, engine)
		if err != nil {
			return err
		}
		if n := census.By[id]; n > 0 {
			return fmt.Errorf("%d of %d records are still sealed by the key %s: run \"liveapi keys rekey\" first", n, census.Records, id)
		}
		if n := len(census.Unknown); n > 0 {
			return fmt.Errorf("%d records are sealed in a way that is not known, the first is %q: by which key cannot be said", n, census.Unknown[0])
		}
		return nil
	})
}
