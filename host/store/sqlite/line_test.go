package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"liveapi.host/protocol"
)

func openTemp(t *testing.T, options ...Option) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// queue adds a Swap to the queue.
func queue(s *Store, ctx context.Context, key string, old protocol.Version, value []byte) *write {
	w := &write{ctx: ctx, key: []byte(key), old: old, value: value, done: make(chan struct{})}
	s.line.join(w)
	return w
}

func expect(t *testing.T, w *write, version protocol.Version, err error) {
	t.Helper()
	select {
	case <-w.done:
	default:
		t.Fatalf("the Swap of %s has no outcome", w.key)
	}
	if w.version != version || !errors.Is(w.err, err) {
		t.Errorf("Swap of %s: %d, %v; want %d, %v", w.key, w.version, w.err, version, err)
	}
}

func expectValue(t *testing.T, s *Store, key, value string) {
	t.Helper()
	rec, err := s.Get(t.Context(), key)
	if value == "" && errors.Is(err, protocol.ErrNotFound) {
		return
	}
	if err != nil || string(rec.Value) != value {
		t.Errorf("%s holds %.20q, %v; want %.20q", key, rec.Value, err, value)
	}
}

// commits counts the commits in the log: the frames with the size of the database. The
// log must not have started again at its beginning.
func commits(t *testing.T, s *Store) (n int) {
	t.Helper()
	log, err := os.ReadFile(s.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for at := 32; at+24 <= len(log); at += 24 + pageSize {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 && bytes.Equal(log[at+8:at+16], log[16:24]) {
			n++
		}
	}
	return n
}

// Each Swap of a batch has its own outcome, as if they had come one after the other,
// and all of them together need one commit.
func TestSwapsInLineShareACommit(t *testing.T) {
	s := openTemp(t)
	if _, err := s.Swap(t.Context(), "there", 0, []byte("1")); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	before := commits(t, s)
	first := queue(s, t.Context(), "a", 0, []byte("first"))
	second := queue(s, t.Context(), "a", 0, []byte("second"))
	third := queue(s, t.Context(), "a", 1, []byte("third"))
	dropped := queue(s, ended, "dropped", 0, []byte("x"))
	deleted := queue(s, t.Context(), "there", 1, nil)
	again := queue(s, t.Context(), "there", 0, []byte("2"))
	none := queue(s, t.Context(), "nothing", 0, nil)
	conflict := queue(s, t.Context(), "nothing", 7, nil)
	end()
	s.lead(first)
	expect(t, first, 1, nil)
	expect(t, second, 0, protocol.ErrConflict)
	expect(t, third, 2, nil)
	expect(t, dropped, 0, context.Canceled)
	expect(t, deleted, 0, nil)
	expect(t, again, 2, nil)
	expect(t, none, 0, nil)
	expect(t, conflict, 0, protocol.ErrConflict)
	for key, value := range map[string]string{"a": "third", "dropped": "", "there": "2", "nothing": ""} {
		expectValue(t, s, key, value)
	}
	if n := commits(t, s) - before; n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
}

// All Swaps that wait go into one commit, whichever of them leads.
func TestWaitingSwapsAreTakenAlong(t *testing.T) {
	s := openTemp(t)
	if _, err := s.Swap(t.Context(), "a", 0, []byte("x")); err != nil {
		t.Fatal(err)
	}
	before := commits(t, s)
	s.writer <- struct{}{}
	var all sync.WaitGroup
	for i := range maxBatch {
		all.Go(func() {
			if _, err := s.Swap(t.Context(), fmt.Sprintf("key-%d", i), 0, []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	for len(waiting(s)) < maxBatch {
		runtime.Gosched()
	}
	<-s.writer
	all.Wait()
	if n := commits(t, s) - before; n != 1 {
		t.Errorf("%d Swaps took %d commits, want 1", maxBatch, n)
	}
}

func waiting(s *Store) []*write {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	return s.line.writes
}

// When the context of a Swap in the queue ends, that Swap ends at once.
func TestContextEndsInLine(t *testing.T) {
	s := openTemp(t)
	s.writer <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	other := queue(s, t.Context(), "other", 0, []byte("x"))
	outcome := make(chan error)
	go func() {
		_, err := s.Swap(ctx, "a", 0, []byte("x"))
		outcome <- err
	}()
	for len(waiting(s)) < 2 {
		runtime.Gosched()
	}
	cancel()
	if err := <-outcome; !errors.Is(err, context.Canceled) {
		t.Errorf("Swap: %v, want that its context was cancelled", err)
	}
	s.lead(other)
	<-s.writer
	expect(t, other, 1, nil)
	expectValue(t, s, "a", "")
}

// When the leader does not get the lock, only the leader fails.
func TestLeaderWithoutLockFailsAlone(t *testing.T) {
	s := openTemp(t, MaxWait(time.Millisecond))
	c, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	first := queue(s, t.Context(), "a", 0, []byte("x"))
	second := queue(s, t.Context(), "b", 0, []byte("x"))
	s.lead(first)
	expect(t, first, 0, protocol.ErrUnavailable)
	if len(waiting(s)) != 1 {
		t.Fatal("the second Swap does not wait any more")
	}
	if err := c.exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	s.lead(second)
	expect(t, second, 1, nil)
}

// When there is no space for one Swap of a batch, the others still succeed, those
// before it and those after it.
func TestNoSpaceForOneOfABatch(t *testing.T) {
	s := openTemp(t, MaxBytes(256<<10))
	before := queue(s, t.Context(), "before", 0, []byte("x"))
	same := queue(s, t.Context(), "before", 0, []byte("y"))
	large := queue(s, t.Context(), "large", 0, make([]byte, 900<<10))
	behind := queue(s, t.Context(), "behind", 0, []byte("x"))
	s.lead(before)
	expect(t, before, 1, nil)
	expect(t, same, 0, protocol.ErrConflict)
	expect(t, large, 0, protocol.ErrFull)
	expect(t, behind, 1, nil)
	for key, value := range map[string]string{"before": "x", "large": "", "behind": "x"} {
		expectValue(t, s, key, value)
	}
}

// One transaction has bounds, and Swaps are written in their order.
func TestBatchIsBounded(t *testing.T) {
	var l line
	for i := range maxBatch + 2 {
		l.join(&write{key: fmt.Appendf(nil, "%d", i)})
	}
	if batch := l.take(); len(batch) != maxBatch || string(batch[0].key) != "0" || string(batch[maxBatch-1].key) != fmt.Sprint(maxBatch-1) {
		t.Errorf("%d of many were taken", len(batch))
	}
	if batch := l.take(); len(batch) != 2 || len(l.take()) != 0 {
		t.Errorf("%d of 2 were taken", len(batch))
	}
	for range 3 {
		l.join(&write{value: make([]byte, maxBatchBytes/2+1)})
	}
	l.join(&write{value: make([]byte, 2*maxBatchBytes)})
	for i := range 4 {
		if batch := l.take(); len(batch) != 1 {
			t.Errorf("%d: %d large ones were taken, want 1", i, len(batch))
		}
	}
}
