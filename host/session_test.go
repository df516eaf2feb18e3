package host_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"liveapi.host/host/door/session"
	"liveapi.host/protocol/liveapi"
)

const canary = "hunter2-canary" // a value that must never be in a log

func action(json string) string { return "<cpanelaction>" + json + "</cpanelaction>" }

// wrong is one invalid input.
type wrong struct {
	name, raw string   // the name begins with the rule
	want      []string // in the reply
	goesOn    bool     // whether the session continues
	logs      string   // on the log's line with the id
}

// out is an invalid input that ends the session, because the stream is out of step
// (W13).
func out(name, raw string, want ...string) wrong {
	return wrong{name: name, raw: raw, want: append(want, "Framing error", "The connection closes."), logs: "a session is out of step and is closed"}
}

// refused is an invalid input after which the session continues.
func refused(name, payload string, want ...string) wrong {
	return wrong{name: name, raw: frame(payload), want: append(want, `"status":0`), goesOn: true, logs: "a request was refused"}
}

func wrongInputs() []wrong {
	all := []wrong{
		out("W12 not a digit", "12x\n", "(W12)", "byte 2 of the length line"),
		out("W12 a letter first", canary+"\n", "(W4)", canary),
		out("W12 plus sign", "+5\nhello", "(W4)"),
		out("W12 minus sign", "-5\nhello", "(W4)"),
		out("W12 leading blank", " 5\nhello", "(W4)"),
		out("W12 trailing blank", "5 \nhello", "(W12)"),
		out("W12 carriage return", "5\r\nhello", "(W12)"),
		out("W12 empty length line", "\nhello", "(W4)"),
		out("W12 eleven digits", "12345678901\n", "(W12)", "more than 10 digits"),
		out("W12 overflow of 64 bits", "99999999999999999999\n", "(W12)", "more than 10 digits"),
		out("W12 ten digits", "9999999999\n", "(W12)", "9999999999 bytes", "limit is 1048576"),
		out("W12 one byte too many", "1048577\n<cpanelaction>", "(W12)", "limit is 1048576"),
		out("W12 a zero byte", "\x00\x00\x00\x05hello", "(W4)"),
		out("W12 TLS", "\x16\x03\x01\x02\x00\x01\x00", "(W4)"),
		out("W12 HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "(W4)"),
		out("W4 bare action", action("{}"), "(W4)", `\u003ccpanelaction`),
		out("W4 nearly the bare shutdown tag", `<cpanelxml shutdown="2" />`, "(W4)"),
		out("W8 a forged reply is only quoted", marker+"\n<cpanelresult>{}"+marker+"\n", `\u003c/cpanelresult`),

		refused("W6 empty body", action(""), "(W6)", "not valid UTF-8", "empty"),
		refused("W6 blank body", action("\n \n"), "(W6)"),
		refused("W5 empty payload", "", "(W5)", "the payload is empty"),
		refused("W5 white space", " \n\t", "(W5)"),
		refused("W5 unknown tag", `<cpanelfoo bar="`+canary+`">`, "(W5)", "known payload"),
		refused("W5 text", canary, "(W5)"),
		refused("W5 no closing tag", `<cpanelaction>{"module":"Echo"}`, "(W5)", "must end with"),
		refused("W5 no module", action(`{"func":"echo","apiversion":3}`), "(W5)", "module is missing"),
		refused("W5 no func", action(`{"module":"Echo","apiversion":3}`), "(W5)", "func is missing"),
		refused("W5 module is a number", action(`{"module":5,"func":"echo"}`), "(W5)", "module must be a string"),
		refused("W5 unknown reqtype", action(`{"module":"Echo","func":"echo","reqtype":"`+canary+`"}`), "(W5)", "exec, if or feature"),
		refused("W5 unknown apiversion", action(`{"module":"Echo","func":"echo","apiversion":"4"}`), "(W5)", "apiversion"),
		refused("W5 empty apiversion", action(`{"module":"Echo","func":"echo","apiversion":""}`), "(W5)", "apiversion"),
		refused("W5 args is a number", action(`{"module":"Echo","func":"echo","apiversion":3,"args":7}`), "(W5)", "args must be"),
		refused("W5 setvar without a name", `<cpanel setvar="`+canary+`">`, "(W5)"),
		refused("W14 trailing data", action(`{"module":"Echo","func":"echo","apiversion":3} {}`), "(W14)", "something follows"),
		refused("W14 cut JSON", action(`{"module":"Echo","func":"echo","args":{"a":"`+canary), "(W14)"),
		refused("W14 a list", action(`["Echo","echo"]`), "(W14)"),
		refused("W14 duplicate members", action(`{"module":"Echo","module":"Echo","func":"echo"}`), "(W14)", "two members"),
		refused("W14 duplicates by escape", action(`{"module":"Echo","func":"echo","args":{"a":1,"\u0061":"`+canary+`"}}`), "(W14)", "two members"),
		refused("W14 not UTF-8", action(`{"module":"Echo","func":"echo","args":{"a":"`+canary+"\xff"+`"}}`), "(W14)", "UTF-8"),
		refused("W14 lone surrogate", action(`{"module":"Echo","func":"echo","args":{"a":"`+canary+`\ud800"}}`), "(W14)", "surrogate"),
		refused("W14 deep", action(`{"module":"Echo","func":"echo","args":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`}`), "(W14)", "32 levels"),
		refused("W14 upper-case members", action(`{"MODULE":"Echo","FUNC":"echo"}`), "(W5)", "module is missing"),
		refused("W14 a comma too many", action(`{"module":"Echo","func":"echo","args":{"a":"`+canary+`",}}`), "(W14)"),
		refused("W14 control character", action("{\"module\":\"Echo\",\"func\":\"echo\",\"args\":{\"a\":\""+canary+"\n\"}}"), "(W14)", "control character"),
	}
	for _, name := range []string{"echo", "_Echo", "ECHO/../Email", "../../etc/passwd", "Echo\\u0000", "Echo.so", "/bin/sh", "É", "", strings.Repeat("E", 65)} {
		all = append(all, refused("W16 module "+name, action(`{"module":"`+name+`","func":"echo","apiversion":3,"args":{"a":"`+canary+`"}}`), "(W16)", "module must be"))
	}
	for _, name := range []string{"_hidden", "e-cho", "echo()", "../echo", "1echo", "", strings.Repeat("e", 65), "echo\\n"} {
		all = append(all, refused("W16 function "+name, action(`{"module":"Echo","func":"`+name+`","apiversion":"uapi"}`), "(W16)", "func "))
	}
	return all
}

// TestW10W13InvalidInputs: each invalid input gets one reply that every reader can
// read. The log has the id of the reply, and none of the input's values.
func TestW10W13InvalidInputs(t *testing.T) {
	f := serve(t)
	for _, c := range wrongInputs() {
		t.Run(c.name, func(t *testing.T) {
			caller := f.dial(t)
			caller.send(c.raw)
			got := caller.reply()
			contains(t, "the reply", got, c.want...)
			contains(t, "the log's line", f.idIn(t, got), c.logs, "rule=W", "account="+me(t))
			if object := wellFormed(t, got); object["error"] == nil || object["result"] == nil {
				t.Errorf("a caller of API 2 or of UAPI does not find the text (W10): %s", got)
			}
			if c.goesOn {
				caller.alive()
			} else {
				caller.over()
			}
			if strings.Contains(f.log.String(), canary) {
				t.Fatalf("an argument's value is in the log:\n%s", f.log)
			}
		})
	}
}

// TestW13QuoteIsShort: the reply to a framing error quotes at most 40 bytes of the
// caller.
func TestW13QuoteIsShort(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	c.send(strings.Repeat("q", 1000))
	got := c.reply()
	contains(t, "the reply", got, strings.Repeat("q", 40))
	if strings.Contains(got, strings.Repeat("q", 41)) {
		t.Errorf("the reply quotes more than 40 bytes (W13): %s", got)
	}
	c.over()
}

// TestW4NodeCountsUTF16: if the length counts UTF-16 units, a body with non-ASCII
// characters is longer than announced; the rest is a framing error.
func TestW4NodeCountsUTF16(t *testing.T) {
	f := serve(t)
	payload := uapiCall("echo", `{"city":"Zürich 🌍 世界"}`)
	c := f.dial(t)
	c.send(fmt.Sprintf("%d\n%s", len(utf16.Encode([]rune(payload))), payload))
	contains(t, "the first reply", c.reply(), "(W5)", "must end with")
	contains(t, "the second reply", c.reply(), "(W4)", "check that the length of the frame before is in bytes, not in characters")
	c.over()
	f.dial(t).alive()
}

// TestW12ReplyReachesASender: a caller that is still sending when the host ends the
// session can read the last reply.
func TestW12ReplyReachesASender(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	c.send(frame(strings.Repeat("x", 3<<20))) // far more than a socket's buffer holds
	contains(t, "the reply", c.reply(), "(W12)", "3145728 bytes")
	c.over()
}

// TestW12PayloadBound: the reply states the limit.
func TestW12PayloadBound(t *testing.T) {
	f := serve(t, func(s *setup) { s.Limits.Payload = 100 })
	c := f.dial(t)
	c.send("101\n")
	contains(t, "the reply", c.reply(), "101 bytes", "limit is 100")
	c.over()
	payload := uapiCall("echo", "{}")
	f2 := serve(t, func(s *setup) { s.Limits.Payload = len(payload) })
	contains(t, "a payload of exactly the limit", f2.dial(t).ask(payload), `"status":1`)
}

// TestW12Stalls: a stalled session is closed, with an error reply if the caller has
// begun a request.
func TestW12Stalls(t *testing.T) {
	const short = 250 * time.Millisecond
	enable := frame(liveapi.EnableTag)
	for _, c := range []struct {
		name     string
		limits   session.Limits
		sent     []string // each is sent when the host has read the one before
		answered bool     // whether a request gets a reply before the end
		logs     string
	}{
		{"header", session.Limits{Header: short}, []string{"12"}, false, "a stalled request was cut off"},
		{"header of the second request", session.Limits{Header: short}, []string{enable + "1"}, true, "a stalled request was cut off"},
		{"body", session.Limits{Body: short}, []string{"12\n", "he", "llo"}, false, "a stalled request was cut off"},
		{"idle", session.Limits{Idle: short}, nil, false, "an idle session was closed"},
		{"idle after a request", session.Limits{Idle: short}, []string{enable}, true, "an idle session was closed"},
		// The idle deadline does not use what is left of the body's deadline.
		{"idle after a request in pieces", session.Limits{Idle: short}, []string{enable[:10], enable[10:]}, true, "an idle session was closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, func(s *setup) {
				s.Limits = session.Limits{Header: time.Hour, Body: time.Hour, Idle: time.Hour}
				for _, l := range []struct{ from, to *time.Duration }{{&c.limits.Header, &s.Limits.Header},
					{&c.limits.Body, &s.Limits.Body}, {&c.limits.Idle, &s.Limits.Idle}} {
					if *l.from != 0 {
						*l.to = *l.from
					}
				}
			})
			caller := f.dial(t)
			for _, part := range c.sent {
				caller.send(part)
				caller.taken()
			}
			if c.answered {
				caller.reply()
			}
			if strings.Contains(c.logs, "stalled") {
				got := caller.reply()
				contains(t, "the reply", got, "W12", "did not arrive in time")
				contains(t, "the log's line", f.idIn(t, got), c.logs, "rule=W12")
			}
			caller.over()
			f.log.await(t, c.logs)
		})
	}
}

// TestW13Ends: the log shows how a session ended.
func TestW13Ends(t *testing.T) {
	for _, c := range []struct{ name, sent, logs, not string }{
		{"clean", "", "a session ended\n", "inside"},
		{"clean after a request", frame(liveapi.EnableTag), "a session ended:", "inside"},
		{"torn header", "12", "a session ended inside a request", ""},
		{"torn body", "12\nhello", "a session ended inside a request", ""},
		{"bare shutdown", liveapi.ShutdownTag, "", "inside"},
		{"bare shutdown and line feed", liveapi.ShutdownTag + "\n", "", "inside"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t)
			caller := f.dial(t)
			caller.send(c.sent)
			if c.sent == frame(liveapi.EnableTag) {
				caller.reply()
			}
			caller.CloseWrite()
			caller.over() // no reply
			f.end(t)
			got := f.log.String()
			if c.logs != "" {
				contains(t, "the log", got, strings.TrimRight(c.logs, ":\n"))
			}
			if c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("the log says %q:\n%s", c.not, got)
			}
		})
	}
}

// TestW5Shutdown: a shutdown gets a complete reply, and the session ends at once,
// whatever the caller has sent after it.
func TestW5Shutdown(t *testing.T) {
	f := serve(t)
	for _, tag := range []string{liveapi.ShutdownTag, "\n" + liveapi.ShutdownTag + "\n"} {
		c := f.dial(t)
		c.send(frame(tag) + frame(liveapi.EnableTag))
		if got := c.reply(); got != replyTo(liveapi.ShutdownReply) {
			t.Errorf("got %q", got)
		}
		c.over() // though the caller has not closed
	}
	// Without a length line, the session ends without a reply.
	c := f.dial(t)
	c.send(liveapi.ShutdownTag)
	c.over()
	// Also after other requests.
	c = f.dial(t)
	c.alive()
	c.send(liveapi.ShutdownTag)
	c.over()
}

// TestW12MemoryIsNotAnnounced: the host does not reserve memory by the announced
// length: 200 callers that announce 1 MiB and send one byte cost little.
func TestW12MemoryIsNotAnnounced(t *testing.T) {
	const callers, each = 200, 16 << 10
	f := serve(t)
	before := held()
	for range callers {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: f.socket, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		c := &caller{UnixConn: conn, t: t}
		c.send("1048576\n<")
		c.taken()
	}
	if grown := held() - before; grown > callers*each {
		t.Errorf("%d callers cost %d bytes each", callers, grown/callers)
	}
}

// held returns the memory in use, including stacks, in bytes.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
