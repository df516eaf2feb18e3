package caller

import (
	"bufio"
	"net"
	"time"

	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Patience is the timeout of a call: more than 50 s, the longest deadline of a host.
const Patience = 55 * time.Second

// maxReply is the longest response that is read, in bytes: the largest that a host
// can be configured to send, and its frame (W15).
const maxReply = 64<<20 + 1<<10

// Request is one call of a function, Answer the host's response.
type (
	Request = liveapi.Call
	Answer  = uapi.Answer
)

// Conn is a session with a host (W3). It is not safe for concurrent use.
type Conn struct {
	stream net.Conn
	in     *bufio.Reader
}

// NewConn starts a session on a stream, which Close closes.
func NewConn(stream net.Conn) *Conn {
	return &Conn{stream, bufio.NewReader(stream)}
}

// Close ends the session; the host needs no shutdown tag for this (W5).
func (c *Conn) Close() error { return c.stream.Close() }

// Call makes one call and waits up to [Patience] for the response. An error means
// that there is no valid response: the request could not be sent, the connection
// broke, or the response was malformed. The session cannot be used after an error.
// When the function itself failed there is an Answer and no error.
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
