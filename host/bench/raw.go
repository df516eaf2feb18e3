package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"

	"liveapi.host/host/bench/internal/measure"
)

// Raw bytes over unix sockets: the floor below every row. A request has the size
// of an action as the libraries send it, and begins with the size of the reply.

// requestSize and replySize are about those of a call of an empty function, in bytes.
const (
	requestSize = 124
	replySize   = 200
)

func rawRequest(reply int) []byte {
	request := make([]byte, requestSize)
	copy(request, strconv.Itoa(reply)+"\n")
	return request
}

func replyTo(request []byte) (int, error) {
	digits, _, _ := bytes.Cut(request, []byte("\n"))
	return strconv.Atoi(string(digits))
}

// accept serves connections to a socket, each in a goroutine of its own, and says
// on standard output that it does.
func accept(socket string, serve func(net.Conn)) error {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

// serveEcho answers each request with as many bytes as it asks for: [socket].
func serveEcho(args []string) error {
	return accept(args[0], func(conn net.Conn) {
		defer conn.Close()
		var reply []byte
		for request := make([]byte, requestSize); ; {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			size, err := replyTo(request)
			if err != nil {
				return
			}
			if size > len(reply) {
				reply = make([]byte, size)
			}
			if _, err := conn.Write(reply[:size]); err != nil {
				return
			}
		}
	})
}

// copyBuffer is how much of a reply a relay, or a raw caller, reads at once, in bytes.
const copyBuffer = 64 << 10

// serveRelay is the second hop: it passes each request on and the reply back:
// [socket, the echo's socket].
func serveRelay(args []string) error {
	return accept(args[0], func(conn net.Conn) {
		defer conn.Close()
		next, err := net.Dial("unix", args[1])
		if err != nil {
			return
		}
		defer next.Close()
		buffer := make([]byte, copyBuffer)
		for request := make([]byte, requestSize); ; {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			if _, err := next.Write(request); err != nil {
				return
			}
			size, err := replyTo(request)
			if err != nil || pass(conn, next, size, buffer) != nil {
				return
			}
		}
	})
}

// pass copies so many bytes by a buffer; io.Copy would have the kernel do it.
func pass(to io.Writer, from io.Reader, size int, buffer []byte) error {
	for size > 0 {
		n, err := from.Read(buffer[:min(size, len(buffer))])
		if err != nil {
			return err
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// raw measures requests over connections to an echo or a relay.
func raw(s *server, reply int) func(*measurement) error {
	return func(m *measurement) error {
		return m.closedLoop(func() (measure.Caller, error) {
			conn, err := net.Dial("unix", s.socket)
			if err != nil {
				return measure.Caller{}, err
			}
			request, buffer := rawRequest(reply), make([]byte, min(reply, copyBuffer))
			return measure.Caller{Call: func() error {
				if _, err := conn.Write(request); err != nil {
					return err
				}
				return pass(io.Discard, conn, reply, buffer)
			}, End: func() { conn.Close() }}, nil
		})
	}
}
