package namedvalues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"liveapi.host/sdk"
)

// key is the record's key within the account's storage of one module.
const key = "values"

// attempts is how often a change that meets another process's starts again.
// Within this process changes wait for each other.
const attempts = 100

// stored is the record's form.
type stored struct {
	Schema int    `json:"schema"`
	Values Values `json:"values"`
}

const schema = 1

// Load returns what the account keeps; version 0 and nothing when there is no record.
func Load(ctx context.Context, storage sdk.Storage) (Values, sdk.Version, error) {
	r, err := storage.Get(ctx, key)
	if errors.Is(err, sdk.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, &sdk.Error{Code: sdk.Unavailable, Text: "What is stored cannot be read now; nothing was changed. Try again later.", Err: err}
	}
	var s stored
	if err := json.Unmarshal(r.Value, &s); err != nil || s.Schema != schema {
		return nil, 0, &sdk.Error{Code: sdk.Unavailable, Text: "What is stored cannot be read; nothing was changed. Ask the administrator to look into the log.",
			Err: fmt.Errorf("the record %q (%d bytes, schema %d) was written by another version, or is damaged", key, len(r.Value), s.Schema)}
	}
	return s.Values, r.Version, nil
}

// Editor changes records. Changes of one account wait for each other here, so
// that they need not start again; compare-and-swap is what keeps them whole.
type Editor struct {
	gates [64]chan struct{} // by the account's hash; one may be within
}

// NewEditor returns an Editor; a module needs one.
func NewEditor() *Editor {
	e := new(Editor)
	for i := range e.gates {
		e.gates[i] = make(chan struct{}, 1)
	}
	return e
}

// Change makes all of the changes or none. It returns once they are committed.
func (e *Editor) Change(ctx context.Context, call *sdk.Call, changes Values) error {
	hash := fnv.New32a()
	hash.Write([]byte(call.Account))
	gate := e.gates[hash.Sum32()%uint32(len(e.gates))]
	select {
	case gate <- struct{}{}:
		defer func() { <-gate }()
	case <-ctx.Done():
		return &sdk.Error{Code: sdk.Unavailable, Text: "Others were changing what is stored for too long; nothing was changed. Try again.", Err: ctx.Err()}
	}
	for range attempts {
		err := try(ctx, call.Storage(), changes)
		if !errors.Is(err, sdk.ErrConflict) {
			return err
		}
	}
	return sdk.Errorf(sdk.Conflict, "What is stored is being changed by others at the same time; nothing was changed. Try again.")
}

func try(ctx context.Context, storage sdk.Storage, changes Values) error {
	before, version, err := Load(ctx, storage)
	if err != nil {
		return err
	}
	after, err := before.with(changes)
	if err != nil {
		return err
	}
	record, err := json.Marshal(stored{Schema: schema, Values: after})
	if err != nil {
		return fmt.Errorf("encode the record: %w", err)
	}
	if len(record) > MaxTotal {
		return sdk.Errorf(sdk.Full, "The account would keep %d bytes of names and values; at most %d are allowed. Nothing was changed: remove names that are not needed, by setting them to nothing.", len(record), MaxTotal)
	}
	_, err = storage.Swap(ctx, key, version, record)
	switch {
	case err == nil, errors.Is(err, sdk.ErrConflict):
		return err
	case errors.Is(err, sdk.ErrFull):
		return &sdk.Error{Code: sdk.Full, Text: "There is no space left to store this; nothing was changed.", Err: err}
	case errors.Is(err, sdk.ErrUnknown):
		return &sdk.Error{Code: sdk.Unknown, Text: "Whether this was stored is not known: look what is stored, and try again.", Err: err}
	}
	return &sdk.Error{Code: sdk.Unavailable, Text: "This cannot be stored now; nothing was changed. Try again later.", Err: err}
}
