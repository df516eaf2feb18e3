package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"liveapi.host/protocol"
)

// Copying are the options of [Copy].
type Copying struct {
	// Resume allows the destination to have records. Equal records stay as they are.
	// Without Resume a destination with records is refused.
	Resume bool

	// Replace replaces records of the destination that differ. Without it such a
	// record is an error. It implies Resume.
	Replace bool

	// Progress is called from time to time with the number of records so far; it may
	// be nil.
	Progress func(records int)
}

// Copied is the result of [Copy], up to its error if there is one.
type Copied struct {
	Written int   // records that were not there before
	Records int   // records that are the same on both sides
	Bytes   int64 // of their values
}

const (
	copyPage    = 64 // records that are copied at a time; 64 MiB of the largest
	copyWriters = 8
)

// Copy copies every record of an engine to another without opening it: sealed records
// stay sealed under the same key and need the same key file. Each engine has its own
// versions.
//
// Then it reads both sides again and compares every record. No one may write to
// either side meanwhile: a record that changed during the copy is an error, and so is
// a record that only the destination has. After an error the copy can be repeated
// with Resume.
func Copy(ctx context.Context, from, to protocol.Storage, how Copying) (Copied, error) {
	c := &copier{from: from, to: to, how: how, versions: map[string]versions{}}
	if how.Progress == nil {
		c.how.Progress = func(int) {}
	}
	if !how.Resume && !how.Replace {
		there, err := to.List(ctx, "", "", 1)
		if err != nil {
			return Copied{}, fmt.Errorf("read the destination: %w", err)
		}
		if len(there) > 0 {
			return Copied{}, ErrNotEmpty
		}
	}
	for recs, err := range pages(ctx, "source", from) {
		if err == nil {
			err = c.page(ctx, recs)
		}
		if err != nil {
			return c.copied, err
		}
	}
	return c.copied, c.verify(ctx)
}

// ErrNotEmpty is the error of a copy to a store that has records.
var ErrNotEmpty = errors.New("the destination has records already")

type copier struct {
	from, to protocol.Storage
	how      Copying
	copied   Copied
	looked   int

	mu       sync.Mutex
	versions map[string]versions // of the copied records
}

// versions are those of one record on both sides.
type versions struct{ from, to protocol.Version }

// pages lists a whole storage.
func pages(ctx context.Context, side string, s protocol.Storage) iter.Seq2[[]protocol.Record, error] {
	return func(yield func([]protocol.Record, error) bool) {
		for last := ""; ; {
			recs, err := s.List(ctx, "", last, copyPage)
			if err != nil {
				yield(nil, fmt.Errorf("read the %s: %w", side, err))
				return
			}
			if len(recs) == 0 || !yield(recs, nil) {
				return
			}
			last = recs[len(recs)-1].Key
		}
	}
}

// records is pages, record by record.
func records(ctx context.Context, side string, s protocol.Storage) iter.Seq2[protocol.Record, error] {
	return func(yield func(protocol.Record, error) bool) {
		for recs, err := range pages(ctx, side, s) {
			if err != nil {
				yield(protocol.Record{}, err)
				return
			}
			for _, rec := range recs {
				if !yield(rec, nil) {
					return
				}
			}
		}
	}
}

// page copies a page of records, several at a time.
func (c *copier) page(ctx context.Context, recs []protocol.Record) error {
	errs := make([]error, copyWriters)
	var all sync.WaitGroup
	for w := range copyWriters {
		all.Go(func() {
			for i := w; i < len(recs) && errs[w] == nil; i += copyWriters {
				errs[w] = c.record(ctx, recs[i])
			}
		})
	}
	all.Wait()
	c.looked += len(recs)
	c.how.Progress(c.looked)
	return errors.Join(errs...)
}

// record copies one record, unless the destination has it already.
func (c *copier) record(ctx context.Context, rec protocol.Record) error {
	version, err := c.to.Swap(ctx, rec.Key, 0, rec.Value)
	written := 1
	if errors.Is(err, protocol.ErrConflict) || errors.Is(err, protocol.ErrUnknown) {
		version, written, err = c.meet(ctx, rec)
	}
	if err != nil {
		return fmt.Errorf("copy record %q: %w", rec.Key, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[rec.Key] = versions{rec.Version, version}
	c.copied.Written += written
	return nil
}

// meet handles a record that the destination has, or may have.
func (c *copier) meet(ctx context.Context, rec protocol.Record) (version protocol.Version, written int, err error) {
	there, err := c.to.Get(ctx, rec.Key)
	switch {
	case err != nil:
		return 0, 0, err
	case bytes.Equal(there.Value, rec.Value):
		return there.Version, 0, nil
	case !c.how.Replace:
		return 0, 0, errors.New("the destination has another record under this name; copy to an empty destination, or give --replace")
	}
	version, err = c.to.Swap(ctx, rec.Key, there.Version, rec.Value)
	return version, 1, err
}

// verify reads both sides again, in the order of keys, and compares them record
// by record.
func (c *copier) verify(ctx context.Context) error {
	nextFrom, stopFrom := iter.Pull2(records(ctx, "source", c.from))
	defer stopFrom()
	nextTo, stopTo := iter.Pull2(records(ctx, "destination", c.to))
	defer stopTo()
	from, err, more := nextFrom()
	to, err2, moreTo := nextTo()
	for more || moreTo {
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if err := c.compare(from, to); err != nil {
			return err
		}
		c.copied.Records++
		c.copied.Bytes += int64(len(from.Value))
		from, err, more = nextFrom()
		to, err2, moreTo = nextTo()
	}
	return nil
}

// compare compares the next record of both sides; a key is "" at the end of a side.
func (c *copier) compare(from, to protocol.Record) error {
	first := from.Key
	if first == "" || to.Key != "" && to.Key < first {
		first = to.Key
	}
	known, copied := c.versions[first]
	switch {
	case from.Key != first && !copied:
		return fmt.Errorf("the destination has a record that the source does not have (%q): copy to an empty destination, or remove it",
			first)
	case from.Key != first || known.from != from.Version:
		return fmt.Errorf("the source changed during the copy (record %q): %w", first, errInUse)
	case to.Key != first || known.to != to.Version || !bytes.Equal(from.Value, to.Value):
		return fmt.Errorf("the destination changed during the copy (record %q): %w", first, errInUse)
	}
	return nil
}

var errInUse = errors.New("stop every host that uses it, and copy again")
