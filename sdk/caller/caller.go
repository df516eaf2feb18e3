// Package caller lets a Go program call functions as a page does. The environment must
// name the socket of a host (W1), as it does for programs that `liveapi run` or
// `liveapi COMMAND` starts. The folders php and perl have the libraries for pages.
//
// The package does not look for a host and does not start one: that is what liveapi is for.
package caller

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Request is one call of a function.
type Request = liveapi.Call

// Answer is the reply of a host. It may say that the function failed.
type Answer = uapi.Answer

// The APIs of a [Request].
const (
	UAPI = protocol.UAPI
	API2 = protocol.API2
	WHM1 = protocol.WHM1 // for root
)

// patience is how long Call waits for a reply: longer than the longest deadline of a
// call in a host, 50 s.
const patience = 55 * time.Second

// maxReply is the longest reply that is read, in bytes (W15).
const maxReply = 64 << 20

// Session is a session with a host (W3). It is not safe for concurrent use.
type Session struct {
	conn net.Conn
	in   *bufio.Reader
}

// Dial opens a session with the host whose socket is in the environment: in
// CPANEL_CONNECT_SOCKET, else in CPANEL_PHPCONNECT_SOCKET.
func Dial(getenv func(string) string) (*Session, error) {
	for _, name := range []string{"CPANEL_CONNECT_SOCKET", "CPANEL_PHPCONNECT_SOCKET"} {
		if path := getenv(name); path != "" {
			conn, err := net.Dial("unix", path)
			if err != nil {
				return nil, fmt.Errorf("cannot connect to the host: %w", err)
			}
			return &Session{conn, bufio.NewReader(conn)}, nil
		}
	}
	return nil, errors.New("CPANEL_CONNECT_SOCKET is not set: start this by liveapi, which sets it")
}

// Call makes one call and waits up to 55 s for the reply. After an error there is no
// reply, and the session cannot be used for another call.
func (s *Session) Call(r Request) (*Answer, error) {
	frame, err := liveapi.AppendCall(nil, r)
	if err != nil {
		return nil, err
	}
	s.conn.SetDeadline(time.Now().Add(patience))
	body, err := liveapi.Exchange(s.conn, s.in, frame, maxReply)
	if err != nil {
		return nil, err
	}
	return uapi.ParseAnswer(body)
}

// Close ends the session (W5).
func (s *Session) Close() error { return s.conn.Close() }
