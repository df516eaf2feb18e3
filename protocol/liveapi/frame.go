package liveapi

import (
	"fmt"
	"io"
)

// Bounds of a request frame (W12).
const (
	DefaultPayload = 1 << 20  // bytes in a payload unless Limits says otherwise
	MaxPayload     = 16 << 20 // bytes; Limits cannot allow more
	maxDigits      = 10       // in a length line
	maxQuote       = 40       // bytes of input in a FramingError (W13)
)

const (
	smallBuffer = 4096 // what a reader holds while its session is idle
	growth      = 4    // a buffer is at most this many times what has arrived
	maxEmpty    = 100  // reads in a row that may return 0 bytes and no error
)

// Phase says what a [Reader] waits for.
type Phase uint8

// The phases of reading one frame (W12).
const (
	PhaseIdle   Phase = iota + 1 // between frames; nothing of the next one has arrived
	PhaseHeader                  // the length line has begun; 5 s from its first byte
	PhaseBody                    // the length is known, the payload is not complete
)

func (p Phase) String() string {
	switch p {
	case PhaseIdle:
		return "idle"
	case PhaseHeader:
		return "header"
	case PhaseBody:
		return "body"
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// Limits bounds what a [Reader] accepts. The zero value is ready to use.
type Limits struct {
	// Payload is the greatest length of a payload in bytes. 0 or less means
	// [DefaultPayload], more than [MaxPayload] means MaxPayload (W12).
	Payload int

	// Phase, if not nil, is called just before the reader blocks, so that the
	// owner can set the read deadline: with PhaseIdle before each wait for a
	// new frame, with PhaseHeader and PhaseBody once for each frame that does
	// not arrive in one piece, and again when Next goes on after a timeout. It
	// is not called for a frame that is already buffered.
	Phase func(Phase)
}

// Frame is one request as it arrived.
type Frame struct {
	// Payload is valid until the next call of Next. It may be empty.
	Payload []byte

	// Bare reports that the shutdown tag came without a length line. The
	// caller has closed or is about to: end the session without a reply (W5).
	Bare bool
}

// Reader splits a byte stream into frames. Its buffer has 4 KiB while it waits for
// a new frame. A larger payload gets a buffer of its own, which grows as its bytes
// arrive and is freed before the next wait (W12).
type Reader struct {
	src    io.Reader
	limits Limits

	small      []byte // always kept
	buf        []byte // small, or a larger one for the current frame
	start, end int    // buf[start:end] has arrived and is not consumed
	entered    Phase  // the phase announced last for this frame; 0 for none
	pending    error  // came with the last bytes; returned after they are consumed
	final      error  // returned by every further call
}

// NewReader returns a Reader of src. It reads nothing until Next is called.
func NewReader(src io.Reader, limits Limits) *Reader {
	if limits.Payload <= 0 {
		limits.Payload = DefaultPayload
	}
	limits.Payload = min(limits.Payload, MaxPayload)
	return &Reader{src: src, limits: limits}
}

// Next returns the next frame. Frames that have already arrived are returned
// without a read (W3). The sizes of the reads do not change the frames.
//
// Errors: [io.EOF] at a clean end between frames, or after a bare shutdown tag;
// a [*FramingError] when the start of the next frame is unknown; a [*ReadError]
// for every error of the source, and for an end inside a frame. After a
// timeout of the source Next may be called again and goes on where it
// stopped; every other error is final and returned again.
func (r *Reader) Next() (Frame, error) {
	if r.final != nil {
		return Frame{}, r.final
	}
	if r.start == r.end {
		r.buf, r.start, r.end = r.small, 0, 0
	}
	r.entered = 0
	for {
		head, length, err := header(r.buf[r.start:r.end], r.limits.Payload)
		switch {
		case err != nil:
			r.final = err
			return Frame{}, err
		case head == 0:
			phase := PhaseHeader
			if r.start == r.end {
				phase = PhaseIdle
			}
			if err := r.fill(phase, 0); err != nil {
				return Frame{}, err
			}
		case length == bareTag:
			r.final = io.EOF
			return Frame{Payload: r.buf[r.start : r.start+head], Bare: true}, nil
		case r.end-r.start < head+length:
			if err := r.fill(PhaseBody, head+length); err != nil {
				return Frame{}, err
			}
		default:
			from := r.start + head
			r.start = from + length
			return Frame{Payload: r.buf[from:r.start:r.start]}, nil
		}
	}
}

// fill blocks for more bytes. total is the length of the current frame, 0 while it
// is unknown.
func (r *Reader) fill(phase Phase, total int) error {
	if err := r.pending; err != nil {
		r.pending = nil
		return r.fail(phase, err)
	}
	r.makeRoom(total)
	if r.limits.Phase != nil && r.entered != phase {
		r.limits.Phase(phase)
	}
	r.entered = phase
	for range maxEmpty {
		n, err := r.src.Read(r.buf[r.end:])
		if n < 0 || n > len(r.buf)-r.end {
			return r.fail(phase, fmt.Errorf("the source claims to have read %d bytes into %d", n, len(r.buf)-r.end))
		}
		r.end += n
		switch {
		case n > 0:
			r.pending = err
			return nil
		case err != nil:
			return r.fail(phase, err)
		}
	}
	return r.fail(phase, io.ErrNoProgress)
}

// makeRoom leaves at least one free byte after buf[start:end]. The buffer is never
// much larger than what has arrived: a header that announces 16 MiB takes no memory
// until the bytes come (W12).
func (r *Reader) makeRoom(total int) {
	if r.buf == nil {
		r.small = make([]byte, smallBuffer)
		r.buf = r.small
	}
	if r.start+total <= len(r.buf) && r.end < len(r.buf) {
		return
	}
	have := r.end - r.start
	switch {
	case r.start > 0:
		copy(r.buf, r.buf[r.start:r.end])
	case have == len(r.buf):
		// A length line is far shorter than the buffer, so the frame's length is known.
		grown := make([]byte, min(total, growth*len(r.buf)))
		copy(grown, r.buf)
		r.buf = grown
	}
	r.start, r.end = 0, have
}

// fail turns an error of the source into what Next returns.
func (r *Reader) fail(phase Phase, err error) error {
	clean := err == io.EOF && phase == PhaseIdle
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	failed := &ReadError{Phase: phase, Err: err}
	if clean {
		r.final = io.EOF
		return io.EOF
	}
	if !failed.Timeout() {
		r.final = failed
	}
	return failed
}
