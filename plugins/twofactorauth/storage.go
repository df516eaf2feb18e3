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

// attempts is how often a change that meets another one starts again.
const attempts = 8

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

// load returns the record of a place; version 0 and an empty record when there
// is none.
func load(ctx context.Context, at place) (record, sdk.Version, error) {
	found, err := at.storage.Get(ctx, at.key)
	if errors.Is(err, sdk.ErrNotFound) {
		return record{}, 0, nil
	}
	if err != nil {
		return record{}, 0, errUnreadable(err)
	}
	r, err := decodeRecord(found.Value)
	if err != nil {
		return record{}, 0, errDamaged(err)
	}
	return r, found.Version, nil
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
	for range attempts {
		before, version, err := load(ctx, at)
		if refused := permitted(); refused != nil {
			return refused
		}
		if err != nil {
			return err
		}
		after, write, err := e(before, version != 0)
		if err != nil || !write {
			return err
		}
		value, err := after.encode()
		if err != nil {
			return fmt.Errorf("encode the configuration: %w", err)
		}
		if _, err = at.storage.Swap(ctx, at.key, version, value); !errors.Is(err, sdk.ErrConflict) {
			return written(err)
		}
	}
	return errConflict()
}

// written words the error of a Swap that was no conflict. When its outcome is not
// known, nothing may be told as done.
func written(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sdk.ErrFull):
		return &sdk.Error{Code: sdk.Full, Text: "There is no space left to store the configuration; nothing was changed.", Err: err}
	}
	return &sdk.Error{Code: sdk.Unknown, Text: "Whether the configuration was stored is not known. See what is configured, then try again with a new security code.", Err: err}
}

func errConflict() error {
	return sdk.Errorf(sdk.Conflict, "The configuration is being changed by others at the same time; nothing was changed. Try again with a new security code.")
}
