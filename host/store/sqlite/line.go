package sqlite

import (
	"context"
	"slices"
	"sync"

	"liveapi.host/protocol"
)

// Bounds of one transaction: with more writes, those that wait would wait too long, and
// its pages would not fit into SQLite's cache of 2 MB.
const (
	maxBatch      = 64
	maxBatchBytes = 1 << 20 // of values; one write may have more
)

// write is one Swap: its arguments and its outcome.
type write struct {
	ctx   context.Context
	key   []byte
	old   protocol.Version
	value []byte

	version protocol.Version
	err     error
	done    chan struct{} // closed when the outcome is final
}

func (w *write) finish(version protocol.Version, err error) {
	w.version, w.err = version, err
	close(w.done)
}

// line is the queue of the Swaps of one process.
type line struct {
	mu     sync.Mutex
	writes []*write
}

func (l *line) join(w *write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, w)
}

func (l *line) has(w *write) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.writes, w)
}

// leave removes w from the queue, and reports whether it was still there.
func (l *line) leave(w *write) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.writes, w)
	if i >= 0 {
		l.writes = slices.Delete(l.writes, i, i+1)
	}
	return i >= 0
}

// take removes and returns the first writes of the queue, within the bounds of one
// transaction.
func (l *line) take() []*write {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, 0
	for n < min(len(l.writes), maxBatch) {
		size += len(l.writes[n].value)
		if n > 0 && size > maxBatchBytes {
			break
		}
		n++
	}
	batch := slices.Clone(l.writes[:n])
	l.writes = slices.Delete(l.writes, 0, n)
	return batch
}
