package modulerpc

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"liveapi.host/protocol"
)

// held is a socket whose writes wait until they are let go.
type held struct{ release chan struct{} }

func (h held) Write(p []byte) (int, error)   { <-h.release; return len(p), nil }
func (held) Read([]byte) (int, error)        { return 0, io.EOF }
func (held) Close() error                    { return nil }
func (held) SetReadDeadline(time.Time) error { return nil }

func resultOf(size int) frame {
	return frame{id: 1, result: &protocol.Result{Status: 1, Data: json.RawMessage(bytes.Repeat([]byte("1"), size))}}
}

// Further responses wait while many bytes are queued behind a write.
func TestResponsesWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		socket := held{make(chan struct{})}
		l := newLane(socket)
		go l.send(resultOf(1))
		synctest.Wait() // it is in write(2)
		l.waitForRoom() // little is queued
		if err := l.queue(resultOf(maxQueued)); err != nil {
			t.Fatal(err)
		}
		passed := false
		go func() { l.waitForRoom(); passed = true }()
		if synctest.Wait(); passed {
			t.Error("it did not wait")
		}
		socket.release <- struct{}{} // the first write ends, and what was queued is taken
		if synctest.Wait(); !passed {
			t.Error("it waits though there is room")
		}
		socket.release <- struct{}{}
	})
}

// A buffer that has grown is kept while large frames come, and only up to a bound.
func TestLaneKeepsNoVeryLargeBuffer(t *testing.T) {
	for size, kept := range map[int]bool{1 << 20: true, maxKept + 1: false} {
		out := &chunks{}
		writer := newLane(out)
		if err := writer.send(resultOf(size)); err != nil {
			t.Fatal(err)
		}
		if got := cap(writer.spare) >= size; got != kept {
			t.Errorf("after %d bytes the writer keeps %d", size, cap(writer.spare))
		}
		reader := newLane(&chunks{data: append(bytes.Clone(out.out.Bytes()), laneFrame(100, "x")...)})
		reader.recv()
		reader.recv()
		if got := len(reader.in) >= size; got != kept {
			t.Errorf("after %d bytes the reader keeps %d", size, len(reader.in))
		}
		for range keptFor + 1 {
			writer.send(resultOf(1))
		}
		if cap(writer.spare) > laneBuffer {
			t.Errorf("after many small frames the writer keeps %d bytes", cap(writer.spare))
		}
	}
}
