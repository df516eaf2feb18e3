package store

import (
	"context"
	"fmt"
	"io"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/protocol"
)

// Sealed returns a storage that stores its values in inner, encrypted and
// authenticated with keys. A record opens only under the record key that it was stored
// for: a row that was changed, or moved to another key, account or store, is an error
// and never a value. Keys and versions are not hidden, and an old row that was put
// back into its own place is not noticed.
//
// A value has at most [protocol.MaxValue] bytes of plain text. If inner is an
// [io.Closer], so is the result.
func Sealed(inner protocol.Storage, keys Keys) protocol.Storage {
	return &sealed{inner, keys}
}

type sealed struct {
	inner protocol.Storage
	keys  Keys
}

func (s *sealed) Get(ctx context.Context, key string) (protocol.Record, error) {
	rec, err := s.inner.Get(ctx, key)
	if err != nil {
		return protocol.Record{}, err
	}
	return s.unseal(ctx, rec, key)
}

// unseal opens rec for the key of the call, not for the key that inner has returned.
func (s *sealed) unseal(ctx context.Context, rec protocol.Record, key string) (protocol.Record, error) {
	value, err := s.keys.Open(ctx, key, rec.Value)
	if err != nil {
		return protocol.Record{}, &protocol.Error{
			Code: protocol.CodeInternal, Text: "a stored record does not open",
			Err: fmt.Errorf("record %q version %d: %w", key, rec.Version, err),
		}
	}
	return protocol.Record{Key: key, Version: rec.Version, Value: value}, nil
}

func (s *sealed) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if value == nil {
		return s.inner.Swap(ctx, key, old, nil)
	}
	if err := bounds.Key(key, bounds.MaxKey); err != nil {
		return 0, err
	}
	if err := bounds.Value(value, protocol.MaxValue); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	box, done, err := s.keys.Seal(ctx, key, value)
	if err != nil {
		return 0, err
	}
	defer done()
	return s.inner.Swap(ctx, key, old, box)
}

func (s *sealed) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	recs, err := s.inner.List(ctx, prefix, after, limit)
	if err != nil {
		return nil, err
	}
	opened := make([]protocol.Record, len(recs))
	for i, rec := range recs {
		if opened[i], err = s.unseal(ctx, rec, rec.Key); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// Close closes inner.
func (s *sealed) Close() error {
	if c, ok := s.inner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
