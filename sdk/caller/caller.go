// Package caller is for programs in Go that call functions as a page does: one that
// `liveapi run` or `liveapi COMMAND` has started, or any other whose environment
// names a host's socket (W1). For PHP and Perl there are the folders php and perl.
//
// It finds no host by itself and is none: that is what liveapi is for.
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

// Answer is what a host answered. A function that failed is an Answer, too.
type Answer = uapi.Answer

// The APIs of a [Request].
const (
	UAPI = protocol.UAPI
	API2 = protocol.API2
	WHM1 = protocol.WHM1 // for root
)

// patience is how long an answer is waited for: more than the 50 s that a host
// gives a call at most.
const patience = 55 * time.Second

// maxReply is the longest reply that is read, in bytes (W15).
const maxReply = 64 << 20

// Session is a session with a host (W3). It is not safe for concurrent use.
type Session struct {
	conn net.Conn
	in   *bufio.Reader
}

// Dial begins a session with the host whose socket the environment names.
func Dial(getenv func(string) string) (*Session, error) {
	for _, name := range []string{"CPANEL_CONNECT_SOCKET", "CPANEL_PHPCONNECT_SOCKET"} {
		if path := getenv(name); path != "" {
			conn, err := net.Dial("unix", path)
			if err != nil {
				return nil, fmt.Errorf("no host answers: %w", err)
			}
			return &Session{conn, bufio.NewReader(conn)}, nil
		}
	}
	return nil, errors.New("no host is named by CPANEL_CONNECT_SOCKET: start this by liveapi, which sets it")
}

// Call makes one call and waits up to 55 s for its answer. An error means that there
// is none; the session is then at its end.
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
