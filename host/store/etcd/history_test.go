package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"liveapi.host/protocol"
)

// A history has the calls of many callers on a few keys, with their results. It is
// linearizable when there is one order of all calls, each at a moment between its begin
// and its end, in which every result is right.

// step is a Get (swap is false) or a Swap of one key, with its result.
type step struct {
	key   string
	swap  bool
	old   protocol.Version
	value string // of a Swap, different from all others; "" deletes

	outcome outcome
	version protocol.Version // that a Get or a Swap returned
	saw     string           // value that a Get returned; "" for no record
}

type outcome int

const (
	done outcome = iota
	conflict
	unknown // it may have been applied, at any moment since it began
)

// row is the state of one key; version 0 means that there is no record.
type row struct {
	version protocol.Version
	value   string
}

// storageModel returns the states that may follow a step; none when its result is wrong.
func storageModel() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, op := range history {
				key := op.Input.(step).key
				byKey[key] = append(byKey[key], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range byKey {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() []any { return []any{row{}} },
		Step: func(state, input, _ any) []any {
			now, s := state.(row), input.(step)
			next := row{s.version, s.value}
			if s.value == "" {
				next = row{}
			}
			switch {
			case !s.swap && now == row{s.version, s.saw}, s.swap && s.outcome == conflict && now.version != s.old:
				return []any{now}
			case s.swap && s.outcome == done && now.version == s.old:
				return []any{next}
			case s.swap && s.outcome == unknown && now.version == s.old:
				return []any{now, next}
			case s.swap && s.outcome == unknown:
				return []any{now}
			}
			return nil
		},
		DescribeOperation: func(input, _ any) string { return fmt.Sprintf("%+v", input) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
	return model.ToModel()
}

// resolve finds out whether Swaps with an unknown outcome have stored their value, which
// is unique. A caller that replaces or deletes a record has read its version before, so
// a stored value is seen by a caller, or by the Get of each key at the end of a history.
// The outcome of Swaps that delete remains unknown.
func resolve(history []porcupine.Operation) (resolved []porcupine.Operation) {
	type sight struct {
		version protocol.Version
		at      int64
	}
	seen := map[string]sight{}
	for _, op := range history {
		if s := op.Input.(step); !s.swap && s.saw != "" {
			if first, ok := seen[s.saw]; !ok || op.Return < first.at {
				seen[s.saw] = sight{s.version, op.Return}
			}
		}
	}
	for _, op := range history {
		s := op.Input.(step)
		if s.outcome == unknown && s.value != "" {
			first, ok := seen[s.value]
			if !ok {
				continue // it was not applied
			}
			s.outcome, s.version = done, first.version
			op.Return = max(first.at, op.Call) // a result from the future returns before its call, and the model finds it
		}
		op.Input = s
		resolved = append(resolved, op)
	}
	return resolved
}

// linearizable checks a history, which ends with a Get of each key.
func linearizable(t *testing.T, history []porcupine.Operation) {
	t.Helper()
	result, info := porcupine.CheckOperationsVerbose(storageModel(), resolve(history), time.Minute)
	switch result {
	case porcupine.Illegal:
		path := filepath.Join(t.ArtifactDir(), "history.html")
		t.Errorf("the history of %d calls is not linearizable; it is drawn in %s: %v", len(history), path, porcupine.VisualizePath(storageModel(), info, path))
	case porcupine.Unknown:
		t.Errorf("no result in time whether the history of %d calls is linearizable", len(history))
	}
}

// record lets callers work on a few keys and collects their history.
type record struct {
	began   time.Time
	keys    []string
	values  atomic.Int64
	mu      sync.Mutex
	history []porcupine.Operation
	counts  [3]int      // by outcome, of Swaps
	moved   chan uint64 // the number of successful calls, for a listener
	ended   uint64
}

func newRecord(keys int) *record {
	r := &record{began: time.Now(), moved: make(chan uint64)}
	for i := range keys {
		r.keys = append(r.keys, fmt.Sprintf("key%d", i))
	}
	return r
}

// keep adds a step; calls that certainly did nothing are not part of a history.
func (r *record) keep(client int, s step, call time.Time, err error) {
	ended := time.Since(r.began).Nanoseconds()
	switch {
	case errors.Is(err, protocol.ErrConflict):
		s.outcome = conflict
	case errors.Is(err, protocol.ErrUnknown) && s.swap:
		s.outcome, ended = unknown, 1<<62
	case errors.Is(err, protocol.ErrNotFound) && !s.swap:
	case err != nil:
		return
	}
	r.mu.Lock()
	r.history = append(r.history, porcupine.Operation{ClientId: client, Input: s, Call: call.Sub(r.began).Nanoseconds(), Return: ended})
	if s.swap {
		r.counts[s.outcome]++
	}
	if s.outcome != unknown {
		r.ended++
	}
	n := r.ended
	r.mu.Unlock()
	select {
	case r.moved <- n:
	default:
	}
}

// get makes a Get, and returns the version and whether there was a response.
func (r *record) get(ctx context.Context, client int, s protocol.Storage, key string) (protocol.Version, bool) {
	call := time.Now()
	rec, err := s.Get(ctx, key)
	r.keep(client, step{key: key, version: rec.Version, saw: string(rec.Value)}, call, err)
	return rec.Version, err == nil || errors.Is(err, protocol.ErrNotFound)
}

// work reads and swaps while more returns true. It often swaps an older version.
func (r *record) work(ctx context.Context, client int, s protocol.Storage, random *rand.Rand, more func() bool) {
	known := map[string]protocol.Version{}
	for more() {
		key := r.keys[random.IntN(len(r.keys))]
		if random.IntN(3) > 0 {
			if version, ok := r.get(ctx, client, s, key); ok {
				known[key] = version
			}
			continue
		}
		step := step{key: key, swap: true, old: known[key], value: fmt.Sprintf("v%d", r.values.Add(1))}
		value := []byte(step.value)
		if random.IntN(10) == 0 {
			step.value, value = "", nil
		}
		call := time.Now()
		var err error
		step.version, err = s.Swap(ctx, key, step.old, value)
		r.keep(client, step, call, err)
		if err == nil {
			known[key] = step.version
		}
	}
}

// finish reads every key once more and checks the history.
func (r *record) finish(t *testing.T, s protocol.Storage) {
	t.Helper()
	for _, key := range r.keys {
		for end := time.Now().Add(30 * time.Second); ; {
			if _, ok := r.get(t.Context(), 1<<10, s, key); ok {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the last read of a key does not succeed")
			}
		}
	}
	t.Logf("%d calls in %v; of the Swaps %d succeeded, %d were conflicts, %d unknown", len(r.history), time.Since(r.began).Round(time.Millisecond), r.counts[done], r.counts[conflict], r.counts[unknown])
	if r.counts[done] == 0 || r.counts[conflict] == 0 {
		t.Error("the history has too few calls to prove anything")
	}
	linearizable(t, r.history)
}

// Histories of a faulty store are found, those of a correct one pass.
func TestHistoryIsJudged(t *testing.T) {
	at := func(call, ret int64, s step) porcupine.Operation {
		s.key = "k"
		return porcupine.Operation{Input: s, Call: call, Return: ret}
	}
	put := func(old, version protocol.Version, value string) step {
		return step{swap: true, old: old, version: version, value: value}
	}
	lost := func(old protocol.Version, value string) step {
		return step{swap: true, old: old, value: value, outcome: unknown}
	}
	get := func(version protocol.Version, value string) step { return step{version: version, saw: value} }
	const never = 1 << 62
	for name, h := range map[string]struct {
		right   bool
		history []porcupine.Operation
	}{
		"one after the other":      {true, []porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, 4, get(5, "a")), at(5, 6, put(5, 7, "b")), at(7, 8, get(7, "b"))}},
		"read while it is written": {true, []porcupine.Operation{at(1, 9, put(0, 5, "a")), at(2, 3, get(0, "")), at(4, 5, get(5, "a"))}},
		"stale read":               {false, []porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, 4, put(5, 7, "b")), at(5, 6, get(5, "a"))}},
		"read that goes back":      {false, []porcupine.Operation{at(1, 9, put(0, 5, "a")), at(2, 3, get(5, "a")), at(4, 5, get(0, ""))}},
		"two winners": {false,
			[]porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, 6, put(5, 7, "b")), at(3, 6, put(5, 8, "c")), at(7, 8, get(8, "c"))}},
		"conflict with itself": {false, []porcupine.Operation{at(1, 2, put(0, 5, "a")),
			at(3, 4, step{swap: true, old: 5, value: "b", outcome: conflict}), at(5, 6, get(7, "b"))}},
		"conflict with nobody":    {false, []porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, 4, step{swap: true, old: 5, value: "b", outcome: conflict})}},
		"unknown and done":        {true, []porcupine.Operation{at(1, never, lost(0, "a")), at(2, 3, get(0, "")), at(4, 5, get(5, "a")), at(6, 7, put(5, 6, "b"))}},
		"unknown and not done":    {true, []porcupine.Operation{at(1, never, lost(0, "a")), at(2, 3, put(0, 5, "b")), at(4, 5, get(5, "b"))}},
		"unknown, done twice":     {false, []porcupine.Operation{at(1, never, lost(0, "a")), at(2, 3, get(5, "a")), at(4, 5, get(0, "")), at(6, 7, get(5, "a"))}},
		"seen before it was sent": {false, []porcupine.Operation{at(1, 2, get(5, "a")), at(3, never, lost(0, "a"))}},
		"unknown delete":          {true, []porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, never, lost(5, "")), at(4, 5, get(5, "a")), at(6, 7, get(0, ""))}},
		"deleted by nobody":       {false, []porcupine.Operation{at(1, 2, put(0, 5, "a")), at(3, 4, get(0, ""))}},
	} {
		if right := porcupine.CheckOperations(storageModel(), resolve(h.history)); right != h.right {
			t.Errorf("%s: taken for linearizable is %v", name, right)
		}
	}
}

// Several handles on one database, as several hosts have.
func TestHistorySQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	r := newRecord(3)
	var all sync.WaitGroup
	for client := range 8 {
		s := openSQLite(t, path)
		random := rand.New(rand.NewPCG(1, uint64(client)))
		left := 250
		all.Go(func() {
			r.work(t.Context(), client, s, random, func() bool { left--; return left >= 0 })
		})
	}
	all.Wait()
	r.finish(t, openSQLite(t, path))
}
