// Package audit is the record of what administrators did: who, what, when, from
// where, and how it ended. It is stored with the modules' data, so a fleet of hosts
// shares one record. liveapi cannot change or remove an entry; only somebody who
// opens the database with other tools can. The package decides nothing.
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

// Entry is one entry of the record. An act has two: one when it begins, without an
// Outcome, and one when it ends. If the second is missing, the act was interrupted
// and its effect is unknown.
type Entry struct {
	When    time.Time         `json:"when"`
	Who     string            `json:"who"`               // the account
	From    string            `json:"from"`              // such as "unix socket, pid 812, login user ann"
	What    string            `json:"what"`              // a function or a command
	With    map[string]string `json:"with,omitempty"`    // its arguments, without secrets
	ID      string            `json:"id"`                // of the act: the same in both entries and in the log
	Outcome string            `json:"outcome,omitempty"` // "done", or why it failed
}

// Done is the Outcome of an act that succeeded.
const Done = "done"

// Prefix begins the keys of entries. They belong to the host's own module and to no
// account, so no other module can reach them.
const Prefix = "LiveAPI//audit/"

// stamp is a time format that sorts by time.
const stamp = "2006-01-02T15:04:05.000000000Z"

// Do records that an act begins, calls act, and records the Outcome that act
// returns. If the begin cannot be recorded, act is not called and began is false. If
// began is true, an error means that the end could not be recorded; the record then
// shows the act as interrupted.
func Do(ctx context.Context, store protocol.Storage, now func() time.Time, e Entry, act func() (outcome string)) (began bool, err error) {
	e.When = now()
	if err := Append(ctx, store, e); err != nil {
		return false, err
	}
	e.Outcome = act()
	e.When = now()
	return true, Append(context.WithoutCancel(ctx), store, e)
}

// Append adds an entry, and returns once it is durable (it survives a power cut).
// Texts that are too long are cut. It never replaces an entry: a second one with
// the same time and ID is an error.
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

// Each calls do for the entries from the time since on, oldest first, until do
// returns an error. keys lists the records and need not be able to open them; store
// opens them. For an entry that cannot be opened or is invalid, do gets an error,
// and the time and ID from the entry's key.
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
		err = errors.New("it is not an entry of the audit record")
	}
	if err != nil {
		when, id, _ := strings.Cut(strings.TrimPrefix(key, Prefix), " ")
		e = Entry{}
		e.When, _ = time.Parse(stamp, when)
		e.ID, _, _ = strings.Cut(id, " ")
	}
	return e, err
}
