package caller_test

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
	"liveapi.host/sdk/caller"
)

// host serves one session as a host does. The result of each call is its function's name.
// After a framing error it sends the reason and closes.
func host(t *testing.T) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in, out := liveapi.NewReader(conn, liveapi.Limits{}), liveapi.NewWriter(conn, 0)
		for {
			frame, err := in.Next()
			if err != nil {
				out.Reply(uapi.AppendUnreadable(nil, "", "", err.Error()))
				return
			}
			request, _ := liveapi.ParseRequest(frame.Payload)
			out.Reply([]byte(`{"result":{"status":1,"data":"` + string(request.Function) + `"}}`))
		}
	}()
	return socket
}

func TestW1SessionByTheEnvironment(t *testing.T) {
	for _, name := range []string{"CPANEL_CONNECT_SOCKET", "CPANEL_PHPCONNECT_SOCKET"} {
		socket := host(t)
		s, err := caller.Dial(func(variable string) string { return map[string]string{name: socket}[variable] })
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, function := range []string{"one", "two"} {
			answer, err := s.Call(caller.Request{Module: "Greeter", Function: function, API: caller.UAPI})
			if err != nil || !answer.OK || string(answer.Data) != `"`+function+`"` {
				t.Errorf("%s by %s: %+v, %v", function, name, answer, err)
			}
		}
	}
	if _, err := caller.Dial(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "start this by liveapi") {
		t.Errorf("without a socket: %v", err)
	}
}

// W13: a host that refuses a call sends the reason and does not read the rest of the call.
func TestW13RefusedWhileItIsSent(t *testing.T) {
	socket := host(t)
	s, err := caller.Dial(func(string) string { return socket })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	args := json.RawMessage(`"` + strings.Repeat("x", 4<<20) + `"`)
	answer, err := s.Call(caller.Request{Module: "Greeter", Function: "greet", API: caller.UAPI, Args: args})
	if err != nil || answer.OK || !strings.Contains(strings.Join(answer.Errors, " "), "W12") {
		t.Errorf("%+v, %v", answer, err)
	}
}
