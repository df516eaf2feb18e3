package twofactorauth

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"liveapi.host/sdk"
)

// accountKey is the key of the account's own record within its storage.
const accountKey = "configuration"

// tries is how often a change that meets another one is made before it is denied (S11).
const tries = 8

// teamKey returns the key of the record of a team user, beside the account's. A
// name is 1 to 64 of the characters that names of users and addresses have.
func teamKey(name string) (key string, ok bool) {
	if len(name) < 1 || len(name) > 64 {
		return "", false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', i > 0 && (c == '.' || c == '_' || c == '-' || c == '@'):
		default:
			return "", false
		}
	}
	return accountKey + "/team/" + name, true
}

// place is where a record lies.
type place struct {
	storage sdk.Storage
	key     string
	account bool // it is an account's own record, not a team user's

	// permit, when set, has to allow a change. It is asked while the record is
	// read: each of the two may be a round trip to another machine.
	permit func(ctx context.Context) error
}

// permitted asks permit, and returns how to wait for what it says.
func (at place) permitted(ctx context.Context) func() error {
	if at.permit == nil {
		return func() error { return nil }
	}
	answer := make(chan error, 1)
	go func() { answer <- at.permit(ctx) }()
	return sync.OnceValue(func() error { return <-answer })
}

// own is the place of the calling account's record, or of its team user's.
func own(call *sdk.Call, team string) (place, error) {
	return placeOf(call.Storage(), "", team)
}

// placeOf is the place of a record below prefix.
func placeOf(storage sdk.Storage, prefix, team string) (place, error) {
	if team == "" {
		return place{storage: storage, key: prefix + accountKey, account: true}, nil
	}
	key, ok := teamKey(team)
	if !ok {
		return place{}, sdk.BadParam("team_user", "is no name of a team user", "1 to 64 letters, digits, dots, hyphens, underscores and @ are allowed, beginning with a letter or a digit")
	}
	return place{storage: storage, key: prefix + key}, nil
}

// load returns the record of a place; an empty one when there is none.
func load(ctx context.Context, at place) (record, error) {
	found, err := at.storage.Get(ctx, at.key)
	if err != nil && !errors.Is(err, sdk.ErrNotFound) {
		return record{}, errUnreadable(err)
	}
	return read(found)
}

// read is what was found; an empty record when nothing was.
func read(found sdk.Record) (record, error) {
	if found.Version == 0 {
		return record{}, nil
	}
	r, err := decodeRecord(found.Value)
	if err != nil {
		return record{}, errDamaged(err)
	}
	return r, nil
}

func errUnreadable(err error) error {
	return &sdk.Error{Code: sdk.Unavailable, Text: "The stored configuration cannot be read now; nothing was changed. Try again later.", Err: err}
}

func errDamaged(err error) error {
	return &sdk.Error{Code: sdk.Unavailable, Text: "The stored configuration cannot be read; nothing was changed. Ask the administrator to look into the log.", Err: err}
}

// edit says what becomes of a record; there is false when nothing is stored yet.
// write false leaves it as it is.
type edit func(r record, there bool) (next record, write bool, err error)

// change replaces the record of a place by what e makes of it, and returns once
// that is committed. e runs again when another change came between. Every error
// is a denial: what e decided must then not be told to anyone, be it yes or no,
// since a guess whose failure is not counted would be free.
func change(ctx context.Context, at place, e edit) error {
	permitted := at.permitted(ctx)
	err := sdk.Update(ctx, at.storage, at.key, tries, func(found sdk.Record) ([]byte, error) {
		if refused := permitted(); refused != nil {
			return nil, refused
		}
		before, err := read(found)
		if err != nil {
			return nil, err
		}
		after, write, err := e(before, found.Version != 0)
		if err != nil {
			return nil, err
		}
		if !write {
			return nil, sdk.ErrUnchanged
		}
		value, err := after.encode()
		if err != nil {
			return nil, fmt.Errorf("encode the configuration: %w", err)
		}
		return value, nil
	})
	if refused := permitted(); refused != nil { // also where the record could not be read
		return refused
	}
	return worded(err)
}

// worded puts what failed in the storage into this module's words; what e decided
// stays as it is. Only a conflict and a full disk are known to have written nothing:
// after any other failure of a write nothing may be told as done, nor as not done
// (S14).
func worded(err error) error {
	failed, ok := errors.AsType[*sdk.UpdateError](err)
	switch {
	case !ok:
		return err
	case failed.Reading:
		return errUnreadable(failed.Err)
	case errors.Is(failed.Err, sdk.ErrConflict):
		return sdk.Errorf(sdk.Conflict, "The configuration is being changed by others at the same time; nothing was changed. "+
			"Try again with a new security code.")
	case errors.Is(failed.Err, sdk.ErrFull):
		return &sdk.Error{Code: sdk.Full, Text: "There is no space left to store the configuration; nothing was changed.", Err: failed.Err}
	}
	return &sdk.Error{Code: sdk.Unknown, Err: failed.Err,
		Text: "Whether the configuration was stored is not known. See what is configured, then try again with a new security code."}
}
