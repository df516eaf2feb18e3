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

// tries is how often a change is tried when others change the record, before it is denied (S11).
const tries = 8

// teamKey returns the key of a team user's record in the account's storage. A name
// is 1 to 64 of the characters that names of users and addresses have.
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

// place is the storage and the key of a record.
type place struct {
	storage sdk.Storage
	key     string
	account bool // it is an account's own record, not a team user's

	// permit, when set, has to allow a change. It runs while the record is read,
	// because each of the two may be a round trip to another machine.
	permit func(ctx context.Context) error
}

// permitted starts permit, and returns a function that waits for its result.
func (at place) permitted(ctx context.Context) func() error {
	if at.permit == nil {
		return func() error { return nil }
	}
	result := make(chan error, 1)
	go func() { result <- at.permit(ctx) }()
	return sync.OnceValue(func() error { return <-result })
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
		return place{}, sdk.BadParam("team_user", "is not a valid name of a team user",
			"1 to 64 letters, digits, dots, hyphens, underscores and @ are allowed, beginning with a letter or a digit")
	}
	return place{storage: storage, key: prefix + key}, nil
}

// load returns the record of a place; an empty one when none is stored.
func load(ctx context.Context, at place) (record, error) {
	found, err := at.storage.Get(ctx, at.key)
	if err != nil && !errors.Is(err, sdk.ErrNotFound) {
		return record{}, errUnreadable(err)
	}
	return read(found)
}

// read decodes what was found; an empty record when nothing was.
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
	return &sdk.Error{Code: sdk.Unavailable, Text: "The stored configuration cannot be read now; nothing was changed. Try again later.",
		Err: err}
}

func errDamaged(err error) error {
	return &sdk.Error{Code: sdk.Unavailable,
		Text: "The stored configuration cannot be read; nothing was changed. Ask the administrator to look into the log.", Err: err}
}

// edit returns the next record; there is false when nothing is stored yet. With
// write false the stored record stays as it is.
type edit func(r record, there bool) (next record, write bool, err error)

// change replaces the record of a place by the one that e returns, and returns once
// that is committed. e runs again when another change came between. Every error
// means denied: the caller of the module must then not learn what e decided, neither
// yes nor no, because a guess whose failure was not counted would cost nothing.
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

// worded turns a storage error into this module's error text; an error that e
// returned stays as it is. Only after a conflict and a full disk is it certain that
// nothing was written: after any other failed write the text may say neither that
// the change was made nor that it was not (S14).
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
