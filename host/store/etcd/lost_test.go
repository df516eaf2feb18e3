package etcd_test

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"liveapi.host/host/store/etcdtest"
	"liveapi.host/protocol"
)

// deafWire is a proxy between a host and a member. While it is deaf, requests arrive and
// the first response ends the connection.
type deafWire struct {
	host string
	deaf atomic.Bool
}

func newDeafWire(t *testing.T, member string) *deafWire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &deafWire{host: l.Addr().String()}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", member)
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(far, near); far.Close() }()
			go func() { w.answers(near, far); near.Close(); far.Close() }()
		}
	}()
	return w
}

// answers relays frames of HTTP/2 (RFC 9113 section 4.1). While it is deaf it ends
// before the first frame of type DATA or HEADERS.
func (w *deafWire) answers(near, far net.Conn) {
	for {
		frame := make([]byte, 9)
		if _, err := io.ReadFull(far, frame); err != nil {
			return
		}
		if frame[3] <= 1 && w.deaf.CompareAndSwap(true, false) {
			return
		}
		rest := make([]byte, int(frame[0])<<16|int(frame[1])<<8|int(frame[2]))
		if _, err := io.ReadFull(far, rest); err != nil {
			return
		}
		if _, err := near.Write(append(frame, rest...)); err != nil {
			return
		}
	}
}

// A Swap that was applied, but whose response was lost, is ErrUnknown. A retry would
// find its own record, and an accepted code would be refused as used.
func TestEtcdSwapWhoseAnswerIsLost(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	w := newDeafWire(t, c.Members[0].Host)
	s := openEtcd(t, "etcd://"+w.host)
	v := put(t, s, "a", "one")
	w.deaf.Store(true)
	if _, err := s.Swap(t.Context(), "a", v, []byte("two")); !errors.Is(err, protocol.ErrUnknown) {
		t.Errorf("error is %v (%v), want ErrUnknown", err, protocol.CodeOf(err))
	}
	want(t, s, "a", "two")
	w.deaf.Store(true)
	want(t, s, "a", "two") // a read is retried
	if w.deaf.Load() {
		t.Error("no response of a read was lost")
	}
}
