package caller_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/caller"
	"liveapi.host/host/sys/identity"
	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// host responds to each frame on a pipe with what answer returns for the request, and
// closes when that is "".
func host(t *testing.T, answer func(liveapi.Request) string) *caller.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	go func() {
		defer theirs.Close()
		frames := liveapi.NewReader(theirs, liveapi.Limits{})
		for {
			frame, err := frames.Next()
			if err != nil {
				return
			}
			request, err := liveapi.ParseRequest(frame.Payload)
			if err != nil {
				fmt.Fprint(theirs, reply(`{"result":{"status":0,"errors":[`+fmt.Sprintf("%q", err.Error())+`]}}`))
				continue
			}
			text := answer(request)
			if text == "" {
				return
			}
			io.WriteString(theirs, text)
		}
	}()
	return caller.NewConn(ours)
}

func reply(json string) string {
	return "<?xml version=\"1.0\" ?>\n<cpanelresult>" + json + "</cpanelresult>\n"
}

// W4, W5: the host's own reader reads the same requests that were sent.
func TestW5RequestAsSent(t *testing.T) {
	var got []string
	conn := host(t, func(r liveapi.Request) string {
		got = append(got, fmt.Sprintf("%s::%s of API %d: %s", r.Module, r.Function, r.API, r.Args))
		return reply(`{"result":{"status":1}}`)
	})
	for _, call := range []caller.Request{
		{Module: "Hello", Function: "greet", API: protocol.UAPI, Args: json.RawMessage(`{"a":"é</cpanelaction>"}`)},
		{Module: "Park", Function: "list", API: protocol.API2},
	} {
		if answer, err := conn.Call(call); err != nil || !answer.OK {
			t.Errorf("%v: %v, %v", call, answer, err)
		}
	}
	want := []string{`Hello::greet of API 3: {"a":"é\u003c/cpanelaction\u003e"}`, `Park::list of API 2: {}`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the host got %q, want %q", got, want)
	}
}

// U5: success, errors and data are read from each form of envelope.
func TestU5Answers(t *testing.T) {
	for _, c := range []struct {
		name, json, want string
	}{
		{"UAPI", `{"apiversion":3,"result":{"data":[1],"errors":null,"status":1,"warnings":["w"]}}`, "true [1] [] [w]"},
		{"UAPI failed", `{"result":{"data":null,"errors":["a","b"],"status":0}}`, "false null [a b] []"},
		{"API 2", `{"cpanelresult":{"data":[],"event":{"result":1}}}`, "true [] [] []"},
		{"API 2 failed", `{"cpanelresult":{"data":[],"error":"a\nb","event":{"result":0}}}`, "false [] [a b] []"},
		{"W10", `{"apiversion":3,"data":{"reason":"r","result":0},"error":"r","event":{"result":0},"result":{"data":null,"errors":["r"],"status":0}}`, "false null [r] []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, err := host(
				t,
				func(liveapi.Request) string { return reply(c.json) },
			).Call(caller.Request{Module: "M", Function: "f", API: protocol.UAPI})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%v %s %v %v", answer.OK, answer.Data, answer.Errors, answer.Warnings); got != c.want ||
				string(answer.JSON) != c.json {
				t.Errorf("%s of %s, want %s", got, answer.JSON, c.want)
			}
			if (answer.Err() == nil) != answer.OK {
				t.Errorf("Err: %v", answer.Err())
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	const opening = "<?xml version=\"1.0\" ?>\n"
	for _, c := range []struct{ name, sent, want string }{
		{"nothing", "", "the host sent no reply: it closed the connection"},
		{"half", opening + "<cpanelresult>{", "cannot read the rest of the host's reply"},
		{"another protocol", "SSH-2.0-x\r\n\r\n", "not a LiveAPI reply (W7)"},
		{"no declaration", "\n<cpanelresult>{}</cpanelresult>\n", "not a LiveAPI reply (W7)"},
		{"no end", opening + "<cpanelresult>{}\n", "not a LiveAPI reply (W7)"},
		{"no JSON", reply("{"), "not a result (U1)"},
		{"a list", reply("[]"), "not a result (U1)"},
		{"a status that is text", reply(`{"result":{"status":"1"}}`), "not a result (U1)"},
		{"no result", reply(`{"data":{"result":"json"}}`), "not a result of UAPI (U5), API 2 or WHM API 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := false
			conn := host(t, func(liveapi.Request) string {
				if sent {
					return ""
				}
				sent = true
				return c.sent
			})
			if c.name == "half" { // the end comes with the next frame
				conn = halved(t, c.sent)
			}
			answer, err := conn.Call(caller.Request{Module: "M", Function: "f", API: protocol.UAPI})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want %s", answer, err, c.want)
			}
		})
	}
}

// halved is a host that sends a part of a response and closes.
func halved(t *testing.T, part string) *caller.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() {
		in := bufio.NewReader(theirs)
		in.ReadString('\n')
		in.Discard(10)
		io.WriteString(theirs, part)
		theirs.Close()
	}()
	return caller.NewConn(ours)
}

// W13: a host that refuses a frame after its length line reads no more of it; its
// error still arrives.
func TestW13RefusedFrame(t *testing.T) {
	const refusal = `{"result":{"status":0,"errors":["too long"]}}`
	refuse := func(conn net.Conn) {
		bufio.NewReaderSize(conn, 16).ReadString('\n')
		io.WriteString(conn, reply(refusal))
		conn.Close()
	}
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			refuse(conn)
		}
	}()
	socket, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	pipe, far := net.Pipe()
	go refuse(far)
	long := json.RawMessage(`{"a":"` + strings.Repeat("x", 4<<20) + `"}`)
	for name, stream := range map[string]net.Conn{"socket": socket, "pipe": pipe} {
		conn := caller.NewConn(stream)
		answer, err := conn.Call(caller.Request{Module: "M", Function: "f", API: protocol.UAPI, Args: long})
		if err != nil || answer.OK || answer.Errors[0] != "too long" {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
		conn.Close()
	}
}

func TestConnectWithoutAHost(t *testing.T) {
	if _, err := os.Stat(caller.SystemSocket); err == nil {
		t.Skip("a host of the whole machine is there")
	}
	path := filepath.Join(t.TempDir(), "none")
	if conn, err := (caller.Finder{Path: path}).Connect(); conn != nil || err != nil {
		t.Errorf("not asked for: %v, %v", conn, err)
	}
	conn, err := caller.Finder{Path: path, Asked: true}.Connect()
	if conn != nil || err == nil || !strings.Contains(err.Error(), "no host answers on "+path) || !strings.Contains(err.Error(), "liveapi serve") {
		t.Errorf("asked for: %v, %v", conn, err)
	}
}

func TestW17PeerUID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := caller.Finder{Path: path}.Connect()
	if err != nil || conn == nil {
		t.Fatal(conn, err)
	}
	defer conn.Close()
	if uid, err := identity.PeerUID(conn); uid != os.Getuid() || err != nil {
		t.Errorf("%d, %v", uid, err)
	}
	if got := identity.Account(0); got != "root" {
		t.Errorf("uid 0 is %q", got)
	}
	if got := identity.Account(3999999999); got != "#3999999999" {
		t.Errorf("a uid without a name is %q", got)
	}
}
