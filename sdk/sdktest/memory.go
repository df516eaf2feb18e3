package sdktest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/sdk"
)

// Memory is a storage in memory that follows every rule of sdk.Storage: versions
// never restart, and it shares no memory with its callers. It is empty at first and
// safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	last    sdk.Version // one counter for all keys, so that no key has a version twice
	records map[string]sdk.Record
}

// NewMemory returns an empty storage.
func NewMemory() *Memory { return &Memory{records: make(map[string]sdk.Record)} }

// Get implements sdk.Storage.
func (m *Memory) Get(ctx context.Context, key string) (sdk.Record, error) {
	if err := check(ctx, key); err != nil {
		return sdk.Record{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[key]
	if !ok {
		return sdk.Record{}, sdk.ErrNotFound
	}
	return clone(r), nil
}

// Swap implements sdk.Storage.
func (m *Memory) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	if err := check(ctx, key); err != nil {
		return 0, err
	}
	if len(value) > protocol.MaxValue {
		return 0, sdk.Errorf(sdk.Invalid, "the value has %d bytes, at most %d are allowed", len(value), protocol.MaxValue)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key].Version != old {
		return 0, sdk.ErrConflict
	}
	if value == nil {
		delete(m.records, key)
		return 0, nil
	}
	m.last++
	m.records[key] = clone(sdk.Record{Key: key, Version: m.last, Value: value})
	return m.last, nil
}

// List implements sdk.Storage.
func (m *Memory) List(ctx context.Context, prefix, after string, limit int) ([]sdk.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit < 1 || limit > protocol.MaxList {
		return nil, sdk.Errorf(sdk.Invalid, "the limit is %d, 1 to %d are allowed", limit, protocol.MaxList)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []sdk.Record
	for key, r := range m.records {
		if strings.HasPrefix(key, prefix) && key > after {
			found = append(found, clone(r))
		}
	}
	slices.SortFunc(found, func(a, b sdk.Record) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(limit, len(found))], nil
}

func clone(r sdk.Record) sdk.Record {
	r.Value = append([]byte{}, r.Value...) // never nil
	return r
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the call has ended: %w", err)
	}
	if key == "" || len(key) > protocol.MaxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		return sdk.Errorf(sdk.Invalid, "a key of %d bytes: 1 to %d bytes of UTF-8 without control characters "+
			"are allowed", len(key), protocol.MaxKey)
	}
	return nil
}
