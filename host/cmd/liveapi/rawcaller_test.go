package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	enableFrame   = `<cpaneljson enable="1">`
	shutdownFrame = `<cpanelxml shutdown="1" />`
)

// rawCaller sends raw LiveAPI frames over a socket and checks every response by W7 to
// W9.
type rawCaller struct {
	conn net.Conn
	in   *bufio.Reader
}

// reply is the response to a call of UAPI (U5).
type reply struct {
	Module string `json:"module"`
	Func   string `json:"func"`
	Result struct {
		Status   int             `json:"status"`
		Data     json.RawMessage `json:"data"`
		Errors   []string        `json:"errors"`
		Warnings []string        `json:"warnings"`
	} `json:"result"`
}

// dial connects and switches to JSON, as nearly every caller does first (W5).
func dial(socket string) (*rawCaller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	return begin(conn)
}

// begin begins a session on a connection.
func begin(conn net.Conn) (*rawCaller, error) {
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	c := &rawCaller{conn, bufio.NewReader(conn)}
	if err := c.send(enableFrame); err != nil {
		return nil, err
	}
	body, err := c.receive()
	if err == nil && string(body) != `{"data":{"result":"json"}}` {
		err = fmt.Errorf("W5: the switch to JSON was answered with %s", body)
	}
	return c, err
}

func mustDial(t testing.TB, socket string) *rawCaller {
	t.Helper()
	c, err := dial(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close() })
	return c
}

func frame(payload string) string { return fmt.Sprintf("%d\n%s", len(payload), payload) }

func (c *rawCaller) send(payload string) error {
	_, err := io.WriteString(c.conn, frame(payload))
	return err
}

// action returns the payload of a call.
func action(module, function string, args any) string {
	text, err := json.Marshal(map[string]any{"module": module, "func": function, "reqtype": "exec", "apiversion": "uapi", "args": args})
	if err != nil {
		panic(err)
	}
	return "<cpanelaction>" + string(text) + "</cpanelaction>"
}

// receive returns the JSON of the next response, whose frame has to be exactly right.
func (c *rawCaller) receive() ([]byte, error) { return receive(c.in) }

func receive(in *bufio.Reader) ([]byte, error) {
	first, err := in.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("no reply: %w (%q)", err, first)
	}
	if first != "<?xml version=\"1.0\" ?>\n" {
		return nil, fmt.Errorf("W7: the reply begins with %q", first)
	}
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("W7: a torn reply: %w (%q)", err, line)
	}
	body, found := bytes.CutPrefix(line, []byte("<cpanelresult>"))
	body, ends := bytes.CutSuffix(body, []byte("</cpanelresult>\n"))
	if !found || !ends || !json.Valid(body) || bytes.ContainsAny(body, "<>&") {
		return nil, fmt.Errorf("W7, W8: no reply: %q", line)
	}
	return body, nil
}

// parse reads a response and checks that it belongs to the call (W3).
func parse(body []byte, module, function string) (*reply, error) {
	r := new(reply)
	if err := json.Unmarshal(body, r); err != nil {
		return nil, err
	}
	if r.Module != module || r.Func != function {
		return nil, fmt.Errorf("W3: %s::%s was answered with %s", module, function, body)
	}
	if (r.Result.Status == 0) != (len(r.Result.Errors) > 0) {
		return nil, fmt.Errorf("U1, U3: status and errors do not fit: %s", body)
	}
	return r, nil
}

func (c *rawCaller) answer(module, function string) (*reply, error) {
	body, err := c.receive()
	if err != nil {
		return nil, fmt.Errorf("%s::%s: %w", module, function, err)
	}
	return parse(body, module, function)
}

func (c *rawCaller) call(module, function string, args any) (*reply, error) {
	if err := c.send(action(module, function, args)); err != nil {
		return nil, err
	}
	return c.answer(module, function)
}

// succeed makes a call that has to succeed and decodes its data.
func (c *rawCaller) succeed(t testing.TB, module, function string, args, data any) {
	t.Helper()
	r, err := c.call(module, function, args)
	if err != nil {
		t.Fatal(err)
	}
	if r.Result.Status != 1 {
		t.Fatalf("%s::%s failed: %s", module, function, strings.Join(r.Result.Errors, "; "))
	}
	if data != nil {
		if err := json.Unmarshal(r.Result.Data, data); err != nil {
			t.Fatal(err)
		}
	}
}

// end ends the session: one response, and then nothing more (W5).
func (c *rawCaller) end() error {
	defer c.conn.Close()
	if err := c.send(shutdownFrame); err != nil {
		return err
	}
	if _, err := c.receive(); err != nil {
		return err
	}
	rest, err := io.ReadAll(c.in)
	if len(rest) > 0 {
		err = errors.Join(err, fmt.Errorf("W5: after the end of the session the host sent %q", rest))
	}
	return err
}

// failedWith reports whether a response has one error, whose text contains all the
// pieces.
func (r *reply) failedWith(pieces ...string) bool {
	return r.Result.Status == 0 && len(r.Result.Errors) == 1 &&
		!slices.ContainsFunc(pieces, func(piece string) bool { return !strings.Contains(r.Result.Errors[0], piece) })
}
