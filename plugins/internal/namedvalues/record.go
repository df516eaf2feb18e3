package namedvalues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"liveapi.host/sdk"
)

// Key is the record's key within the account's storage of one module.
const Key = "values"

// tries is how often a change is tried when other processes change the record.
// Changes within this process wait for each other.
const tries = 100

// stored is the record's form.
type stored struct {
	Schema int    `json:"schema"`
	Values Values `json:"values"`
}

const schema = 1

// Load returns the account's values; none when there is no record.
func Load(ctx context.Context, storage sdk.Storage) (Values, error) {
	r, err := storage.Get(ctx, Key)
	if err != nil && !errors.Is(err, sdk.ErrNotFound) {
		return nil, &sdk.UpdateError{Reading: true, Err: err}
	}
	return decode(r)
}

// decode returns the values of a record; none when there is no record.
func decode(r sdk.Record) (Values, error) {
	if r.Version == 0 {
		return nil, nil
	}
	var s stored
	if err := json.Unmarshal(r.Value, &s); err != nil || s.Schema != schema {
		return nil, &sdk.Error{Code: sdk.Unavailable,
			Text: "What is stored cannot be read; nothing was changed. Ask the administrator to look into the log.",
			Err: fmt.Errorf("the record %q (%d bytes, schema %d) was written by another version, or is damaged", Key, len(r.Value),
				s.Schema)}
	}
	return s.Values, nil
}

// Editor changes records. Changes of one account wait for each other here, which
// avoids retries; compare-and-swap is what makes them atomic.
type Editor struct {
	gates [64]chan struct{} // by the account's hash; each admits one change at a time
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
		return &sdk.Error{Code: sdk.Unavailable, Err: ctx.Err(),
			Text: "Others were changing what is stored for too long; nothing was changed. Try again."}
	}
	return sdk.Update(ctx, call.Storage(), Key, tries, func(r sdk.Record) ([]byte, error) {
		before, err := decode(r)
		if err != nil {
			return nil, err
		}
		after, err := before.with(changes)
		if err != nil {
			return nil, err
		}
		return encode(after)
	})
}

func encode(v Values) ([]byte, error) {
	record, err := json.Marshal(stored{Schema: schema, Values: v})
	if err != nil {
		return nil, fmt.Errorf("encode the record: %w", err)
	}
	if len(record) > MaxTotal {
		return nil, sdk.Errorf(sdk.Full, "The account would keep %d bytes of names and values; at most %d are allowed. "+tooMuch,
			len(record), MaxTotal)
	}
	return record, nil
}
