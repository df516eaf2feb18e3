package session

import (
	"runtime/debug"
	"sync"
	"time"

	"liveapi.host/protocol/liveapi"
)

const (
	maxBuffers = 4                        // buffers that are kept
	maxBuffer  = 2 * liveapi.DefaultReply // bytes of the largest one that is kept
	keepFor    = 10 * time.Second         // without a large reply
)

// buffers are for large replies, which no session keeps. The zero value is ready. When
// there has been no large reply for keepFor, their memory goes back to the system.
type buffers struct {
	mu    sync.Mutex
	free  [][]byte
	timer *time.Timer
}

// take returns an empty buffer with room for most bytes.
func (b *buffers) take(most int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, free := range b.free {
		if cap(free) >= most {
			b.free = append(b.free[:i], b.free[i+1:]...)
			return free[:0]
		}
	}
	return make([]byte, 0, most)
}

// give takes a buffer back.
func (b *buffers) give(buffer []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) < maxBuffers && cap(buffer) <= maxBuffer {
		b.free = append(b.free, buffer)
	}
	if b.timer == nil {
		b.timer = time.AfterFunc(keepFor, b.drop)
	} else {
		b.timer.Reset(keepFor)
	}
}

func (b *buffers) drop() {
	b.mu.Lock()
	b.free = nil
	b.mu.Unlock()
	debug.FreeOSMemory() // large results have left garbage that an idle process would keep for minutes
}
