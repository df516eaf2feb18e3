package twofactorauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"liveapi.host/sdk"
)

// key is the record's key within the account's storage.
const key = "configuration"

// attempts is how often a change that meets another one starts again.
const attempts = 8

// farAhead is how many steps beyond the window a stored step may lie before
// it can only be a broken clock: ten minutes.
const farAhead = 20

// record is what is kept of an account. Without a secret, two-factor
// authentication is off and only the last accepted step is remembered.
type record struct {
	secret   sdk.Secret
	lastStep int64
}

func (r record) enabled() bool { return !r.secret.IsZero() }

// stored is the form in the storage, which the host seals.
type stored struct {
	Schema   int    `json:"schema"`
	Secret   string `json:"secret,omitempty"`
	LastStep int64  `json:"last_step"`
}

const schema = 1

func (r record) encode() ([]byte, error) {
	return json.Marshal(stored{Schema: schema, Secret: r.secret.Reveal(), LastStep: r.lastStep})
}

func decodeRecord(b []byte) (record, error) {
	var s stored
	if json.Unmarshal(b, &s) != nil { // its error may quote the secret
		return record{}, fmt.Errorf("the stored configuration (%d bytes) is no JSON", len(b))
	}
	if s.Schema != schema || s.LastStep < 0 {
		return record{}, fmt.Errorf("the stored configuration has schema %d and last step %d: written by another version?", s.Schema, s.LastStep)
	}
	return record{secret: sdk.NewSecret(s.Secret), lastStep: s.LastStep}, nil
}

// load returns the account's record; version 0 and an empty record when there
// is none.
func load(ctx context.Context, storage sdk.Storage) (record, sdk.Version, error) {
	found, err := storage.Get(ctx, key)
	if errors.Is(err, sdk.ErrNotFound) {
		return record{}, 0, nil
	}
	if err != nil {
		return record{}, 0, &sdk.Error{Code: sdk.Unavailable, Text: "The stored configuration cannot be read now; nothing was changed. Try again later.", Err: err}
	}
	r, err := decodeRecord(found.Value)
	if err != nil {
		return record{}, 0, &sdk.Error{Code: sdk.Unavailable, Text: "The stored configuration cannot be read; nothing was changed. Ask the administrator to look into the log.", Err: err}
	}
	return r, found.Version, nil
}

// change replaces the account's record by what edit makes of it, and returns
// once that is committed. edit runs again when another change came between; ok
// false ends without a write. Every error is a denial: what edit allowed must
// not be told to anyone.
func change(ctx context.Context, storage sdk.Storage, edit func(record) (r record, ok bool, err error)) error {
	for range attempts {
		before, version, err := load(ctx, storage)
		if err != nil {
			return err
		}
		after, ok, err := edit(before)
		if err != nil || !ok {
			return err
		}
		value, err := after.encode()
		if err != nil {
			return fmt.Errorf("encode the configuration: %w", err)
		}
		_, err = storage.Swap(ctx, key, version, value)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, sdk.ErrConflict):
			continue
		case errors.Is(err, sdk.ErrFull):
			return &sdk.Error{Code: sdk.Full, Text: "There is no space left to store the configuration; nothing was changed.", Err: err}
		}
		return &sdk.Error{Code: sdk.Unknown, Text: "Whether the configuration was stored is not known. See what is configured, then try again with a new security code.", Err: err}
	}
	return sdk.Errorf(sdk.Conflict, "The configuration is being changed by others at the same time; nothing was changed. Try again with a new security code.")
}
