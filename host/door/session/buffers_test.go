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
		kept := func() int {
			b.mu.Lock()
			defer b.mu.Unlock()
			return len(b.free)
		}
		first := b.take(100_000)
		b.give(first)
		if again := b.take(90_000); cap(again) != cap(first) || kept() != 0 {
			t.Errorf("a buffer of %d bytes, and %d are kept", cap(again), kept())
		}
		if small := b.take(10); cap(small) != 10 {
			t.Errorf("a buffer of %d bytes where 10 are needed and none is free", cap(small))
		}
		b.give(make([]byte, 0, maxBuffer+1))
		for range 2 * maxBuffers {
			b.give(make([]byte, 0, 100_000))
		}
		if kept() != maxBuffers {
			t.Errorf("%d buffers are kept", kept())
		}
		time.Sleep(keepFor + time.Second)
		synctest.Wait()
		if kept() != 0 {
			t.Error("buffers are kept though there was no large reply for long")
		}
	})
}
