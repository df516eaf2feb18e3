package session

import (
	"testing"
	"testing/synctest"
	"time"
)

// Large buffers are used again, a bounded number of them is kept, and none when there
// has been no large reply for a while.
func TestBuffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffers
		first := b.take(100_000)
		b.give(first)
		if again := b.take(90_000); cap(again) != cap(first) || len(b.free) != 0 {
			t.Errorf("a buffer of %d bytes, and %d are kept", cap(again), len(b.free))
		}
		if small := b.take(10); cap(small) != 10 {
			t.Errorf("a buffer of %d bytes where 10 are needed and none is free", cap(small))
		}
		b.give(make([]byte, 0, maxBuffer+1))
		for range 2 * maxBuffers {
			b.give(make([]byte, 0, 100_000))
		}
		if len(b.free) != maxBuffers {
			t.Errorf("%d buffers are kept", len(b.free))
		}
		time.Sleep(keepFor + time.Second)
		synctest.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.free != nil {
			t.Error("buffers are kept though there was no large reply for long")
		}
	})
}
