package modulerpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"liveapi.host/protocol"
)

const (
	lengthBytes = 4
	laneBuffer  = 64 << 10 // bytes read at once
	maxKept     = 5 << 20  // bytes of the largest buffer that is kept: a reply of the default bound
	maxQueued   = 4 << 20  // bytes of queued responses from which on further ones wait
	keptFor     = 256      // frames that fit into laneBuffer before a larger buffer is released
)

// lane is the fast link: frames behind their length over one stream socket.
// While one sender is in write(2), the others queue their frames, and it writes them
// next.
type lane struct {
	conn socket

	mu      sync.Mutex
	taken   sync.Cond // of mu: out was taken to be written, or the lane has failed
	out     []byte    // frames that are queued
	spare   []byte    // a buffer to use after out
	small   int       // batches in a row that fit into laneBuffer
	writing bool
	err     error

	in         []byte // in[head:tail] has been read and not yet decoded
	head, tail int
	unused     int           // frames in a row that fit into laneBuffer
	call       protocol.Call // of the frame that was received last

	// block makes recv wait in read(2), where the socket can. It belongs to the
	// goroutine that reads.
	block bool
}

// socket is what a lane runs on: on the host's side a connection, on the
// module's side an [inherited] descriptor.
type socket interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
}

// blocking is a socket that can also be read without Go's poller.
type blocking interface {
	ReadBlocking(p []byte) (int, error)
}

func newLane(conn socket) *lane {
	l := &lane{conn: conn, in: make([]byte, laneBuffer)}
	l.taken.L = &l.mu
	return l
}

// lanePair makes the two ends: one for this process, one to be inherited.
func lanePair() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the lane's socketpair: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "lane")
	f := os.NewFile(uintptr(fds[0]), "lane")
	defer f.Close() // FileConn has its own copy
	ours, err := net.FileConn(f)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("use the lane's socketpair: %w", err)
	}
	return ours, theirs, nil
}

// errUnfit is in the chain of the error for a frame that cannot be sent, while the
// link itself works.
var errUnfit = errors.New("the frame is unfit")

func (l *lane) send(f frame) error {
	if err := l.queue(f); err != nil {
		return err
	}
	return l.flush(false)
}

// queue adds a frame to those that wait for the next flush.
func (l *lane) queue(f frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	var err error
	l.out, err = appendFrame(l.out, f)
	return err
}

// flush writes until the queue is empty, unless another goroutine does so already.
// With yield, other runnable goroutines run first, so that their frames leave with the
// same write(2).
func (l *lane) flush(yield bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writing {
		return l.err
	}
	l.writing = true
	if yield {
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	for len(l.out) > 0 && l.err == nil {
		batch := l.out
		l.out, l.spare = l.spare[:0], nil
		l.taken.Broadcast()
		l.mu.Unlock()
		_, err := l.conn.Write(batch)
		l.mu.Lock()
		l.spare = l.keep(batch)
		if err != nil {
			l.err = fmt.Errorf("write to the lane: %w", err)
		}
	}
	l.writing = false
	if l.err != nil {
		l.taken.Broadcast()
	}
	return l.err
}

// waitForRoom waits while much is queued behind a write, so that many large results
// are not all copied into the queue. Only a goroutine that nobody needs to read may wait.
func (l *lane) waitForRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing && len(l.out) >= maxQueued && l.err == nil {
		l.taken.Wait()
	}
}

// keep returns the buffer of a batch that was written, for reuse. It returns nil for one
// that is larger than maxKept, or was not needed for keptFor batches.
func (l *lane) keep(batch []byte) []byte {
	if l.small++; len(batch) > laneBuffer {
		l.small = 0
	}
	if cap(batch) > maxKept || cap(batch) > laneBuffer && l.small >= keptFor {
		return nil
	}
	return batch[:0]
}

// recv returns the next frame. Nothing is lost when it is interrupted: the bytes of a
// partial frame stay for the next recv.
func (l *lane) recv() (frame, error) {
	for {
		f, ok, err := l.buffered()
		if ok || err != nil {
			return f, err
		}
		n, err := l.read(l.in[l.tail:])
		l.tail += n
		if err != nil && n == 0 {
			if err == io.EOF && l.tail > l.head {
				err = io.ErrUnexpectedEOF
			}
			return frame{}, err
		}
	}
}

func (l *lane) read(p []byte) (int, error) {
	if l.block {
		if b, ok := l.conn.(blocking); ok {
			return b.ReadBlocking(p)
		}
	}
	return l.conn.Read(p)
}

// buffered decodes the next frame from the bytes that have been read. If they are not a
// whole frame, ok is false and there is room to read more.
func (l *lane) buffered() (f frame, ok bool, err error) {
	have := l.in[l.head:l.tail]
	need := lengthBytes
	if len(have) >= lengthBytes {
		size := binary.BigEndian.Uint32(have)
		switch {
		case size > maxFrame:
			return f, false, fmt.Errorf("the length of a frame on the lane is %d bytes; at most %d are allowed", size, maxFrame)
		case size == 0:
			return f, false, errors.New("the length of a frame on the lane is 0")
		}
		need += int(size)
	}
	if len(have) < need || need == lengthBytes {
		l.makeRoom(len(have), need)
		return f, false, nil
	}
	l.head += need
	if l.unused++; need > laneBuffer {
		l.unused = 0
	}
	if f, err = parseFrame(have[lengthBytes:need], &l.call); err != nil {
		return f, false, fmt.Errorf("decode a frame of the lane: %w", err)
	}
	return f, true, nil
}

// makeRoom moves the remaining bytes to the front. It grows the buffer to at most twice
// what has arrived, whatever length a header announces.
func (l *lane) makeRoom(have, need int) {
	switch {
	case need <= laneBuffer && (len(l.in) > maxKept || len(l.in) > laneBuffer && l.unused >= keptFor):
		smaller := make([]byte, laneBuffer) // have is less than need
		copy(smaller, l.in[l.head:l.tail])
		l.in = smaller
	case need > len(l.in) && have == len(l.in):
		grown := make([]byte, min(2*len(l.in), need+laneBuffer))
		copy(grown, l.in[l.head:l.tail])
		l.in = grown
	case l.head > 0:
		copy(l.in, l.in[l.head:l.tail])
	}
	l.head, l.tail = 0, have
}

// more reports whether recv would return without reading from the socket.
func (l *lane) more() bool {
	have := l.in[l.head:l.tail]
	return len(have) >= lengthBytes && len(have)-lengthBytes >= int(binary.BigEndian.Uint32(have))
}

// interrupt makes a recv that waits return os.ErrDeadlineExceeded; resume
// makes the next one wait again.
func (l *lane) interrupt() { l.conn.SetReadDeadline(time.Unix(1, 0)) }
func (l *lane) resume()    { l.conn.SetReadDeadline(time.Time{}) }
