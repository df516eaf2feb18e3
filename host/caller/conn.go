package caller

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"liveapi.host/protocol"
)

// Patience is how long an answer is waited for: more than the 50 s that a host
// gives a call at most.
const Patience = 55 * time.Second

// maxReply is the longest reply that is read, in bytes: what a host can be
// configured to send at most, and room for its frame (W15).
const maxReply = 64<<20 + 1<<10

// roomInSocket is what fits into a unix socket without its reader, in bytes.
const roomInSocket = 32 << 10

// Request is one call of a function.
type Request struct {
	Module, Function string              // by W16; of WHM1 Module is ""
	API              protocol.APIVersion // UAPI, API2 or WHM1
	Args             json.RawMessage     // one JSON value that keeps W14; nil: no arguments
}

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
	frame, err := r.frame()
	if err != nil {
		return nil, err
	}
	c.stream.SetDeadline(time.Now().Add(Patience))
	sent := make(chan error, 1)
	send := func() {
		_, err := c.stream.Write(frame)
		sent <- err
	}
	if _, socket := c.stream.(*net.UnixConn); socket && len(frame) <= roomInSocket {
		send()
	} else {
		go send() // a host that refuses a frame says why, and reads no more of it (W13)
	}
	body, err := c.receive()
	if err == nil {
		return newAnswer(body)
	}
	c.stream.Close() // the stream is out of step
	if sending := <-sent; sending != nil && !errors.Is(sending, net.ErrClosed) && !errors.Is(sending, io.ErrClosedPipe) {
		return nil, fmt.Errorf("send the call: %w", sending)
	}
	return nil, err
}

// frame is the call as it is sent (W4, W5).
func (r Request) frame() ([]byte, error) {
	if len(r.Args) == 0 {
		r.Args = json.RawMessage("{}")
	}
	version := strconv.Itoa(int(r.API))
	switch r.API {
	case protocol.UAPI:
		version = "uapi"
	case protocol.WHM1:
		version = "whm1"
	}
	action, err := json.Marshal(struct {
		Module     string          `json:"module"`
		Func       string          `json:"func"`
		ReqType    string          `json:"reqtype"`
		APIVersion string          `json:"apiversion"`
		Args       json.RawMessage `json:"args"`
	}{r.Module, r.Function, "exec", version, r.Args})
	if err != nil {
		return nil, fmt.Errorf("write the call: %w", err)
	}
	const opening, closing = "<cpanelaction>", "</cpanelaction>"
	frame := append(strconv.AppendInt(nil, int64(len(opening)+len(action)+len(closing)), 10), '\n')
	return append(append(append(frame, opening...), action...), closing...), nil
}

// receive reads one reply and returns its JSON (W7).
func (c *Conn) receive() ([]byte, error) {
	first, err := c.line(nil)
	if err != nil {
		return nil, fmt.Errorf("the host gave no answer: %w", err)
	}
	line, err := c.line(nil)
	if err != nil {
		return nil, fmt.Errorf("the host's answer breaks off: %w", err)
	}
	body, opens := bytes.CutPrefix(line, []byte("<cpanelresult>"))
	body, closes := bytes.CutSuffix(body, []byte("</cpanelresult>\n"))
	if string(first) != "<?xml version=\"1.0\" ?>\n" || !opens || !closes {
		return nil, errors.New("the host's answer is no LiveAPI reply (W7); what listens on its socket?")
	}
	return body, nil
}

// line reads up to a line feed, and no more than a reply may have.
func (c *Conn) line(line []byte) ([]byte, error) {
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxReply:
			return nil, fmt.Errorf("it is longer than %d bytes", maxReply)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, errors.New("it closed the connection")
		}
		return line, err
	}
}
