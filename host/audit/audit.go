// Package audit is the record of what administrators did: who, what, when, from
// where, and how it ended. It is kept with the modules' data, so a fleet has one,
// and there is no way to change or remove an entry but to open the database
// beside liveapi. It decides about nothing.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"liveapi.host/protocol"
)

// Entry is one thing that was done. An act has an entry when it begins, without
// an Outcome, and another when it has ended: one that stands alone was cut off,
// and what it did is not known.
type Entry struct {
	When    time.Time         `json:"when"`
	Who     string            `json:"who"`               // the account
	From    string            `json:"from"`              // such as "unix socket, pid 812, login user ann"
	What    string            `json:"what"`              // a function or a command
	With    map[string]string `json:"with,omitempty"`    // its arguments; no secret
	ID      string            `json:"id"`                // of the act: its two entries have the same, and so has the log
	Outcome string            `json:"outcome,omitempty"` // "done", or why it failed
}

// Done is the Outcome of what succeeded.
const Done = "done"

// Prefix is how the keys of entries begin: they lie among what belongs to the
// host's own module and to no account, which no module reaches.
const Prefix = "LiveAPI//audit/"

// stamp is when, in a form whose order is that of time.
const stamp = "2006-01-02T15:04:05.000000000Z"

// Do records that an act begins, does it, and records how it ended: act returns
// the Outcome. What cannot be recorded as begun is not done, and began is false.
// With began, an error means that the end could not be recorded; the act then
// stands in the record as cut off.
func Do(ctx context.Context, store protocol.Storage, now func() time.Time, e Entry, act func() (outcome string)) (began bool, err error) {
	e.When = now()
	if err := Append(ctx, store, e); err != nil {
		return false, err
	}
	e.Outcome = act()
	e.When = now()
	return true, Append(context.WithoutCancel(ctx), store, e)
}

// Append adds an entry, and returns once it would survive a power cut. What is
// too long is cut. It replaces nothing: a second entry of one moment and ID is
// an error.
func Append(ctx context.Context, store protocol.Storage, e Entry) error {
	e.When = e.When.UTC()
	e.With = bounded(e.With)
	e.Outcome, e.From = cut(e.Outcome), cut(e.From)
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write an entry of the audit record: %w", err)
	}
	phase := "begun"
	if e.Outcome != "" {
		phase = "ended"
	}
	key := fmt.Sprintf("%s%s %s %s", Prefix, e.When.Format(stamp), e.ID, phase)
	if _, err := store.Swap(ctx, key, 0, value); err != nil {
		return fmt.Errorf("store an entry of the audit record: %w", err)
	}
	return nil
}

// Bounds of an entry.
const (
	maxText = 300 // bytes of a value
	maxWith = 64  // arguments

	page = 100 // entries that are read at a time
)

func bounded(with map[string]string) map[string]string {
	short := make(map[string]string, min(len(with), maxWith))
	for name, value := range with {
		if len(short) == maxWith {
			short["…"] = fmt.Sprintf("%d more", len(with)-maxWith)
			break
		}
		short[cut(name)] = cut(value)
	}
	return short
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:maxText], ""), len(s))
}

// Each calls do for the entries of the time from since on, oldest first, until it
// returns an error. keys lists the records, and need not be able to open them; store
// does. An entry that does not open, or is none, comes with an error and with what
// its key says: when it was, and its ID.
func Each(ctx context.Context, keys, store protocol.Storage, since time.Time, do func(Entry, error) error) error {
	after := ""
	if !since.IsZero() {
		after = Prefix + since.UTC().Format(stamp)
	}
	for {
		found, err := keys.List(ctx, Prefix, after, page)
		if err != nil {
			return fmt.Errorf("read the audit record: %w", err)
		}
		for _, rec := range found {
			after = rec.Key
			if err := do(read(ctx, store, rec.Key)); err != nil {
				return err
			}
		}
		if len(found) < page {
			return nil
		}
	}
}

// read opens one entry.
func read(ctx context.Context, store protocol.Storage, key string) (e Entry, err error) {
	rec, err := store.Get(ctx, key)
	if err == nil && json.Unmarshal(rec.Value, &e) != nil {
		err = errors.New("it is no entry of the audit record")
	}
	if err != nil {
		when, id, _ := strings.Cut(strings.TrimPrefix(key, Prefix), " ")
		e = Entry{}
		e.When, _ = time.Parse(stamp, when)
		e.ID, _, _ = strings.Cut(id, " ")
	}
	return e, err
}
