package liveapi

import (
	"errors"
	"fmt"
	"io"
	"os"

	"liveapi.host/protocol/internal/jsontext"
)

// ShutdownTag is the payload that ends a session (W5).
const ShutdownTag = `<cpanelxml shutdown="1" />`

const (
	bareTag      = -1 // in place of a length: the shutdown tag came instead of a length line
	maxBareSpace = 32 // bytes of white space before a bare tag
)

// header reads the start of a frame. head is the number of bytes before the
// payload, 0 while more must arrive; length is the payload's. For a bare
// shutdown tag length is bareTag and head includes the tag. Bytes that have arrived
// after the header do not change the result.
func header(b []byte, limit int) (head, length int, err error) {
	var announced int64 // ten digits do not fit into 32 bits
	for i, c := range b {
		if c >= '0' && c <= '9' {
			if i == maxDigits {
				return 0, 0, outOfStep("W12", b, "the length line has more than %d digits", maxDigits)
			}
			announced = announced*10 + int64(c-'0')
			continue
		}
		switch {
		case i == 0:
			return bare(b)
		case c != '\n':
			return 0, 0, outOfStep("W12", b, "byte %d of the length line is neither a digit nor a line feed", i)
		case announced > int64(limit):
			return 0, 0, outOfStep("W12", b, "the length line announces %d bytes, the limit is %d", announced, limit)
		}
		return i + 1, int(announced), nil
	}
	return 0, 0, nil
}

// bare reads the shutdown tag in place of a length line (W5). It is complete with
// its last byte: if the host waited for a line feed or the end of the stream, it and
// the caller would wait for each other.
func bare(b []byte) (head, length int, err error) {
	i := 0
	for i < len(b) && jsontext.IsSpace(b[i]) {
		if i++; i > maxBareSpace {
			return 0, 0, outOfStep("W4", b, "there is white space in place of a length line")
		}
	}
	for at := 0; at < len(ShutdownTag); at++ {
		if i+at == len(b) {
			return 0, 0, nil
		}
		if b[i+at] != ShutdownTag[at] {
			return 0, 0, outOfStep("W4", b, "a length line must come here; check that the length of the frame before is in bytes, "+
				"not in characters")
		}
	}
	return i + len(ShutdownTag), bareTag, nil
}

// FramingError says that the start of the next frame is unknown, so the session
// cannot go on: send one error reply, then close (W13).
type FramingError struct {
	Rule   string // "W4" or "W12"
	Reason string // what is wrong; contains no input except lengths
	Quote  []byte // the first bytes of the frame that had arrived, at most 40
}

func outOfStep(rule string, b []byte, format string, args ...any) *FramingError {
	quote := append([]byte(nil), b[:min(len(b), maxQuote)]...)
	return &FramingError{Rule: rule, Reason: fmt.Sprintf(format, args...), Quote: quote}
}

// Error omits the quote, since errors are logged and the quote could be the end of an
// argument.
func (e *FramingError) Error() string {
	return "framing error (" + e.Rule + "): " + e.Reason
}

// Text is for the caller, whose own bytes it quotes (W13).
func (e *FramingError) Text() string {
	return fmt.Sprintf("Framing error (%s): %s. What was read begins with %+q. The connection closes.", e.Rule, e.Reason, e.Quote)
}

// ReadError is a failure of the stream itself, with the phase in which it happened.
type ReadError struct {
	Phase Phase
	Err   error // io.ErrUnexpectedEOF for a torn frame: the stream ended inside it (W13)
}

func (e *ReadError) Error() string {
	switch {
	case e.Torn():
		return "torn frame: the stream ended in its " + e.Phase.String() + " (W13)"
	case e.Timeout():
		return "no input in time, phase " + e.Phase.String() + " (W12): " + e.Err.Error()
	}
	return "reading a frame, phase " + e.Phase.String() + ": " + e.Err.Error()
}

// Unwrap returns the error of the source.
func (e *ReadError) Unwrap() error { return e.Err }

// Torn reports whether the stream ended inside a frame (W13).
func (e *ReadError) Torn() bool { return errors.Is(e.Err, io.ErrUnexpectedEOF) }

// Timeout reports whether the source's deadline passed (W12).
func (e *ReadError) Timeout() bool { return errors.Is(e.Err, os.ErrDeadlineExceeded) }
