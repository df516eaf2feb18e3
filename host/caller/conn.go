package caller

import (
	"bufio"
	"net"
	"time"

	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Patience is how long an answer is waited for: more than the 50 s that a host
// gives a call at most.
const Patience = 55 * time.Second

// maxReply is the longest reply that is read, in bytes: what a host can be
// configured to send at most, and room for its frame (W15).
const maxReply = 64<<20 + 1<<10

// Request is one call of a function, Answer what a host answered.
type (
	Request = liveapi.Call
	Answer  = uapi.Answer
)

// Conn is a session with a host (W3). It is not safe for concurrent use.
type Conn struct {
	stream net.Conn
	in     *bufio.Reader
}

// NewConn begins a session on a stream, which Close closes.
func NewConn(stream net.Conn) *Conn {
	return &Conn{stream, bufio.NewReader(stream)}
}

// Close ends the session; a host takes that as its end without the tag (W5).
func (c *Conn) Close() error { return c.stream.Close() }

// Call makes one call and waits up to [Patience] for its answer. An error means
// that there is none: the host could not be told, broke off, or sent what is no
// reply; the session is then at its end. A function that failed is an Answer.
func (c *Conn) Call(r Request) (*Answer, error) {
	frame, err := liveapi.AppendCall(nil, r)
	if err != nil {
		return nil, err
	}
	c.stream.SetDeadline(time.Now().Add(Patience))
	body, err := liveapi.Exchange(c.stream, c.in, frame, maxReply)
	if err != nil {
		return nil, err
	}
	return uapi.ParseAnswer(body)
}
