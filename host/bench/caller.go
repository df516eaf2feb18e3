package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"liveapi.host/host/bench/internal/measure"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// connection is a caller's session with a host.
type connection struct {
	net.Conn
	in  *bufio.Reader
	buf []byte // of the last reply
}

// dial begins a session; name says whose it is where the host wants to know, and
// is "" elsewhere.
func dial(socket, name string) (*connection, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, name); err != nil {
		conn.Close()
		return nil, err
	}
	return &connection{Conn: conn, in: bufio.NewReaderSize(conn, copyBuffer)}, nil
}

// exchange sends a frame and returns the JSON of the reply, which has to be a success.
// It is valid until the next exchange.
func (c *connection) exchange(frame []byte) ([]byte, error) {
	if _, err := c.Write(frame); err != nil {
		return nil, err
	}
	body, err := liveapi.ReadReply(c.in, c.buf, maxReply)
	if err != nil {
		return nil, err
	}
	c.buf = body
	if tail := body[max(len(body)-100, 0):]; !bytes.Contains(tail, []byte(`"status":1`)) {
		return nil, fmt.Errorf("the call failed: %.500s", body)
	}
	return body, nil
}

// frameOf is the frame of a call.
func frameOf(module, function, args string) ([]byte, error) {
	return liveapi.AppendCall(nil, liveapi.Call{Module: module, Function: function, API: protocol.UAPI, Args: json.RawMessage(args)})
}

// emptyArgs make the request about as long as those that pages send.
const emptyArgs = `{"name":"value"}`

// function is a function that callers of one host call again and again.
type function struct {
	host         *server
	account      string // "" where the host does not ask
	module, name string
	args         func() string // of one caller
}

// bench is a function of the module Bench.
func bench(host *server, name, args string) function {
	return function{host: host, module: "Bench", name: name, args: func() string { return args }}
}

func (f function) begin() (measure.Caller, error) {
	frame, err := frameOf(f.module, f.name, f.args())
	if err != nil {
		return measure.Caller{}, err
	}
	c, err := dial(f.host.socket, f.account)
	if err != nil {
		return measure.Caller{}, err
	}
	return measure.Caller{
		Call: func() error { _, err := c.exchange(frame); return err },
		End:  func() { c.Close() },
	}, nil
}

func (f function) measure(m *measurement) error { return m.closedLoop(f.begin) }

// toModule calls an empty function of a module process from this one.
func toModule(s *server) func(*measurement) error {
	return func(m *measurement) error {
		return m.closedLoop(func() (measure.Caller, error) {
			return measure.Caller{Call: func() error {
				_, err := s.process.Invoke(context.Background(), &protocol.Call{Account: account, Module: "Bench", Function: "empty",
					API: protocol.UAPI, Args: []byte(emptyArgs), Deadline: time.Now().Add(30 * time.Second)})
				return err
			}}, nil
		})
	}
}

// startOf is about how long one interpreter takes to start, with time for others.
const startOf = 30 * time.Millisecond

// script runs one process of an interpreter for each caller. Each process prints its
// processor time for all calls, then the time of each call, in nanoseconds, one a line. The
// processes start one after the other: each calls for longer than span, so that for most of
// the time all of them do.
func script(host *server, argv ...string) func(*measurement) error {
	return func(m *measurement) error {
		return m.during(func() error {
			span := m.span + time.Duration(m.callers)*startOf
			argv := append(argv[:len(argv):len(argv)], strconv.FormatFloat(span.Seconds(), 'f', 3, 64))
			outputs := make([]bytes.Buffer, m.callers)
			var commands []*exec.Cmd
			for i := range m.callers {
				cmd := exec.Command(argv[0], argv[1:]...)
				cmd.Env = append(os.Environ(), "CPANEL_CONNECT_SOCKET="+host.socket, "CPANEL_PHPCONNECT_SOCKET="+host.socket)
				cmd.Stderr, cmd.Stdout = os.Stderr, &outputs[i]
				if err := cmd.Start(); err != nil {
					return err
				}
				commands = append(commands, cmd)
			}
			for i, cmd := range commands {
				if err := cmd.Wait(); err != nil {
					return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
				}
				first := true
				for lines := bufio.NewScanner(&outputs[i]); lines.Scan(); first = false {
					ns, err := strconv.ParseFloat(lines.Text(), 64)
					if err != nil {
						return fmt.Errorf("%s printed %q", argv[0], lines.Text())
					}
					if first {
						m.script += time.Duration(ns)
						continue
					}
					m.times = append(m.times, time.Duration(ns))
				}
			}
			m.calls = len(m.times)
			return nil
		})
	}
}
