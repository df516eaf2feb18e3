package liveapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// One end reads exactly what the other end writes.
func FuzzW5W7BothEnds(f *testing.F) {
	f.Add("Email", "add_pop", uint8(3), `{"a":"b"}`)
	f.Add("", "version", uint8(4), ``)
	f.Add("Park", "park", uint8(2), `{"domain":"é\u003c","n":1.0}`)
	f.Add("print", "", uint8(1), `["$user"]`)
	f.Fuzz(func(t *testing.T, module, function string, api uint8, args string) {
		c := liveapi.Call{Module: module, Function: function, API: protocol.APIVersion(api%4 + 1), Args: json.RawMessage(args)}
		frame, err := liveapi.AppendCall([]byte("before"), c)
		if err != nil {
			if args == "" || liveapi.CheckJSON([]byte(`{"args":`+args+"}")) == nil {
				t.Fatalf("%q: %v", args, err)
			}
			return
		}
		got, err := liveapi.NewReader(bytes.NewReader(frame[len("before"):]), liveapi.Limits{}).Next()
		if err != nil {
			t.Fatalf("%q is not a frame: %v", frame, err)
		}
		request, err := liveapi.ParseRequest(got.Payload)
		if err != nil {
			return // names (W16) and arguments (W14) are checked by the host only
		}
		// Each byte of a name that is not UTF-8 arrives as U+FFFD; no function has such a name (W16).
		module, function = string([]rune(module)), string([]rune(function))
		if string(request.Module) != module || string(request.Function) != function || request.API != c.API {
			t.Errorf("%+v arrives as %q %q of API %d", c, request.Module, request.Function, request.API)
		}
		var reply bytes.Buffer
		if err := liveapi.NewWriter(&reply, 0).Reply(got.Payload); err != nil {
			return // only JSON is sent (W8)
		}
		if _, err := liveapi.ReadReply(bufio.NewReader(&reply), nil, 1<<20); err != nil || reply.Len() != 0 {
			t.Errorf("a reply cannot be read: %v, %d bytes are left", err, reply.Len())
		}
	})
}

func TestW5AppendCallAllocatesNothing(t *testing.T) {
	room := make([]byte, 0, 1<<10)
	c := liveapi.Call{Module: "Email", Function: "list_pops", API: protocol.UAPI, Args: json.RawMessage(`{"a" : "é"}`)}
	if n := testing.AllocsPerRun(100, func() {
		frame, err := liveapi.AppendCall(room, c)
		const want = `{"module":"Email","func":"list_pops","reqtype":"exec","apiversion":"uapi","args":{"a":"é"}}`
		if err != nil || string(frame) != "121\n<cpanelaction>"+want+"</cpanelaction>" {
			t.Fatalf("%s, %v", frame, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestW7ReadReplyRefuses(t *testing.T) {
	const good = "<?xml version=\"1.0\" ?>\n<cpanelresult>{}</cpanelresult>\n"
	if body, err := liveapi.ReadReply(bufio.NewReader(strings.NewReader(good+"next")), nil, 1<<10); string(body) != "{}" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	for text, want := range map[string]string{
		"":                           "sent no reply",
		good[:30]:                    "the rest of the host's reply",
		" " + good:                   "not a LiveAPI reply",
		"HTTP/1.1 400\n\n":           "not a LiveAPI reply",
		strings.Repeat("x", 2<<10):   "longer than 1024 bytes",
		good[:len(good)-1] + "x\n\n": "not a LiveAPI reply",
	} {
		if body, err := liveapi.ReadReply(bufio.NewReader(strings.NewReader(text)), nil, 1<<10); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %q, %v; want %s", text, body, err, want)
		}
	}
}
