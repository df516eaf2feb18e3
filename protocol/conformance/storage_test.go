package conformance_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
)

// model is a correct storage in memory. faults break single rules, to test that the
// suite notices.
type model struct {
	mu      sync.Mutex
	records map[string]protocol.Record
	last    protocol.Version
	fault   string
}

func newModel(fault string) *model {
	return &model{records: map[string]protocol.Record{}, fault: fault}
}

func (m *model) valid(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil && m.fault != "context" {
		return err
	}
	if m.fault != "keys" && (key == "" || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl)) {
		return protocol.Errorf(protocol.CodeInvalid, "key")
	}
	if len(key) > protocol.MaxKey && m.fault != "long key" {
		return protocol.Errorf(protocol.CodeInvalid, "long key")
	}
	return nil
}

func (m *model) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := m.valid(ctx, key); err != nil {
		return protocol.Record{}, err
	}
	if m.fault == "case" {
		key = strings.ToLower(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, ok := m.records[key]
	if !ok && m.fault == "zero record" {
		return protocol.Record{}, nil
	}
	if !ok {
		return protocol.Record{}, protocol.ErrNotFound
	}
	return m.copied(rec), nil
}

func (m *model) copied(rec protocol.Record) protocol.Record {
	switch {
	case m.fault == "nil value" && len(rec.Value) == 0:
		rec.Value = nil
	case m.fault != "alias out":
		rec.Value = append([]byte{}, rec.Value...)
	}
	return rec
}

func (m *model) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := m.valid(ctx, key); err != nil {
		return 0, err
	}
	if len(value) > protocol.MaxValue && m.fault != "long value" {
		return 0, protocol.Errorf(protocol.CodeInvalid, "long value")
	}
	if m.fault == "case" {
		key = strings.ToLower(key)
	}
	if m.fault == "race" {
		m.mu.Lock()
		now := m.records[key].Version
		m.mu.Unlock()
		if now != old {
			return 0, protocol.ErrConflict
		}
		runtime.Gosched() // here other goroutines may run
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != "race" && m.fault != "last wins" && m.records[key].Version != old {
		return 0, protocol.ErrConflict
	}
	if value == nil || m.fault == "empty deletes" && len(value) == 0 {
		delete(m.records, key)
		return 0, nil
	}
	m.last++
	if m.fault == "restart" {
		m.last = old + 1
	}
	if m.fault != "alias in" {
		value = append([]byte{}, value...)
	}
	m.records[key] = protocol.Record{Key: key, Version: m.last, Value: value}
	return m.last, nil
}

func (m *model) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if err := ctx.Err(); err != nil && m.fault != "context" {
		return nil, err
	}
	if m.fault != "limit" && (limit < 1 || limit > protocol.MaxList) {
		return nil, protocol.Errorf(protocol.CodeInvalid, "limit")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var recs []protocol.Record
	keys := slices.Sorted(maps.Keys(m.records))
	if m.fault == "order" {
		slices.SortFunc(keys, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	}
	for _, key := range keys {
		match := strings.HasPrefix(key, prefix)
		if m.fault == "pattern" {
			match = match || strings.HasPrefix(prefix, "_") && strings.HasPrefix(key[1:], prefix[1:])
		}
		if match && (key > after || m.fault == "after" && key == after) && len(recs) < limit {
			recs = append(recs, m.copied(m.records[key]))
		}
	}
	return recs, nil
}

func TestStorageModel(t *testing.T) {
	open := func(testing.TB) protocol.Storage { return newModel("") }
	conformance.Storage(t, open)
	conformance.StorageBounds(t, open)
}

// Each fault must be noticed by the check that names its rule.
func TestStorageFaultsAreSeen(t *testing.T) {
	faults := map[string]string{
		"context": "ended context", "keys": "key validity", "long key": "room", "long value": "room", "case": "keys are bytes",
		"zero record": "absent", "nil value": "nil and empty", "empty deletes": "nil and empty", "alias in": "not aliased", "alias out": "not aliased",
		"last wins": "conflict", "race": "64 swaps of one version", "restart": "versions never restart", "limit": "paging",
		"order": "byte order", "pattern": "prefix", "after": "paging",
	}
	for fault, name := range faults {
		t.Run(fault, func(t *testing.T) {
			for _, check := range conformance.StorageChecks() {
				if check.Name != name {
					continue
				}
				// A race does not show its fault in every run.
				for range 10000 {
					if check.Run(t.Context(), newModel(fault)) != nil {
						return
					}
					if fault != "race" {
						break
					}
				}
				t.Errorf("the check %q does not see it", name)
				return
			}
			t.Errorf("there is no check %q", name)
		})
	}
}

func TestStorageChecksExplainThemselves(t *testing.T) {
	seen := map[string]bool{}
	for _, check := range conformance.StorageChecks() {
		if check.Name == "" || seen[check.Name] || len(check.Rule) < 40 || check.Run == nil {
			t.Errorf("check %q needs a name of its own, a rule that explains and a Run", check.Name)
		}
		seen[check.Name] = true
	}
}
