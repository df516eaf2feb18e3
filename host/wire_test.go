package host_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"liveapi.host/host/call"
	"liveapi.host/protocol/liveapi"
)

const (
	marker  = "</cpanelresult>"
	opening = "<?xml version=\"1.0\" ?>\n<cpanelresult>"
)

// How existing callers read one reply (the table in the wire's specification). Each
// returns the JSON that it finds.
var readers = map[string]func(raw string) (string, error){
	"PHP": func(raw string) (string, error) { // fgets until a line has the marker; the line must have ended
		_, text, found := strings.Cut(raw, "<cpanelresult>{")
		text, after, ended := strings.Cut("{"+text, marker)
		return text, unless(found && ended && after == "\n" && raw[0] == '<', "PHP waits for 60 s, or finds nothing")
	},
	"Perl": func(raw string) (string, error) { // sysread until the buffer has the marker
		text, found := strings.CutPrefix(raw, opening)
		text, _, ended := strings.Cut(text, marker)
		return text, unless(found && ended, "Perl finds no reply")
	},
	"Go": func(raw string) (string, error) { // by line, joined; the marker must end what it has
		text := strings.ReplaceAll(raw, "\n", "")
		_, text, found := strings.Cut(text, "<cpanelresult>")
		text, ended := strings.CutSuffix(text, marker)
		return text, unless(found && ended && strings.HasSuffix(raw, "\n"), "Go waits without end")
	},
	"Node": readXML,
	"Python": func(raw string) (string, error) { // between the two tags
		before, _, ended := strings.Cut(raw, marker)
		_, text, found := strings.Cut(before, "<cpanelresult>")
		return text, unless(found && ended, "Python spins without end")
	},
}

func unless(ok bool, problem string) error {
	if ok {
		return nil
	}
	return errors.New(problem)
}

// readXML is the strict parser of a Node caller: exactly one element.
func readXML(raw string) (string, error) {
	d := xml.NewDecoder(strings.NewReader(raw))
	var text strings.Builder
	elements, depth := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return text.String(), unless(elements == 1, fmt.Sprintf("%d elements", elements))
		}
		if err != nil {
			return "", fmt.Errorf("strict XML: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements, depth = elements+1, depth+1
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				text.Write(token)
			} else if len(bytes.TrimSpace(token)) > 0 {
				return "", errors.New("text outside the element")
			}
		}
	}
}

// wellFormed fails unless raw is one frame by W7 and W8 in which every reader
// finds the same JSON object.
func wellFormed(t testing.TB, raw string) map[string]any {
	t.Helper()
	inner, start := strings.CutPrefix(raw, opening)
	inner, end := strings.CutSuffix(inner, marker+"\n")
	if !start || !end || strings.ContainsAny(inner, "<>&\n\u2028\u2029") || !utf8.ValidString(inner) {
		t.Fatalf("the frame does not have the form of W7 and W8: %.400q", raw)
	}
	for name, read := range readers {
		if got, err := read(raw); err != nil || got != inner {
			t.Errorf("a caller in %s reads %.200q, %v from %.200q", name, got, err, raw)
		}
	}
	var compact bytes.Buffer
	var object map[string]any
	if err := json.Compact(&compact, []byte(inner)); err != nil || compact.String() != inner {
		t.Errorf("the JSON is not compact (W7): %v: %.200q", err, inner)
	}
	if err := json.Unmarshal([]byte(inner), &object); err != nil || len(object) == 0 {
		t.Errorf("the result is not an object with members (W10): %v: %.200q", err, inner)
	}
	return object
}

// caller is one connection to a fixture.
type caller struct {
	*net.UnixConn
	t      testing.TB
	reader *bufio.Reader
}

func (f *fixture) dial(t testing.TB) *caller {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: f.socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	return newCaller(t, conn)
}

func newCaller(t testing.TB, conn *net.UnixConn) *caller {
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return &caller{UnixConn: conn, t: t, reader: bufio.NewReader(conn)}
}

// frame puts the length line before a payload (W4).
func frame(payload string) string { return fmt.Sprintf("%d\n%s", len(payload), payload) }

// uapiCall is the payload of a UAPI call of the module Echo.
func uapiCall(function, args string) string {
	return `<cpanelaction>{"module":"Echo","reqtype":"exec","func":"` + function + `","apiversion":"uapi","args":` + args + `}</cpanelaction>`
}

func (c *caller) send(raw string) {
	c.t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// reply reads one reply, which must have the form of W7 for every existing reader.
func (c *caller) reply() string {
	c.t.Helper()
	got, err := readReply(c.reader)
	if err != nil {
		c.t.Fatalf("incomplete reply: %v, after %.200q", err, got)
	}
	wellFormed(c.t, got)
	return got
}

func readReply(r *bufio.Reader) (string, error) {
	var got bytes.Buffer
	for {
		line, err := r.ReadString('\n')
		got.WriteString(line)
		if err != nil || strings.HasSuffix(line, marker+"\n") {
			return got.String(), err
		}
	}
}

// ask sends one payload and returns its reply.
func (c *caller) ask(payload string) string {
	c.t.Helper()
	c.send(frame(payload))
	return c.reply()
}

// taken waits until the host has read everything that was sent.
func (c *caller) taken() {
	c.t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the host reads", func() bool {
		left := 0
		failed := raw.Control(func(fd uintptr) { left, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
		return errors.Join(failed, err) == nil && left == 0
	})
}

// over fails unless the session is closed without a further reply.
func (c *caller) over() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.reader); len(rest) > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Errorf("the session did not end without a further reply: %.200q, %v", rest, err)
	}
}

// alive fails unless the session continues.
func (c *caller) alive() {
	c.t.Helper()
	if got := c.ask(liveapi.EnableTag); got != replyTo(liveapi.EnabledReply) {
		c.t.Errorf("the session does not continue: %q", got)
	}
}

// replyTo returns the frame of W7 around json.
func replyTo(json string) string {
	return "<?xml version=\"1.0\" ?>\n<cpanelresult>" + json + marker + "\n"
}

// contains fails unless text has every part.
func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%.2000s", what, part, text)
		}
	}
}

// TestW10Failures: a failure in a module affects one call only. The caller sees only
// coded errors; the log has the others under the id that the caller gets.
func TestW10Failures(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	for _, e := range []struct{ function, reply, log string }{
		{"panic", "An internal error occurred", "panic: the fixture panics"},
		{"uncoded", "An internal error occurred", "a bug in a module"},
		{"broken", "An internal error occurred", "a result cannot be sent"},
		{"nobody", "An internal error occurred", "a result cannot be sent"},
	} {
		got := c.ask(uapiCall(e.function, "{}"))
		contains(t, "the reply", got, `"status":0`, e.reply)
		if strings.Contains(got, e.log) {
			t.Errorf("the caller sees an internal error: %s", got)
		}
		f.idIn(t, got)
		contains(t, "the log", f.log.String(), e.log)
		c.alive()
	}
	contains(t, "a coded error", c.ask(uapiCall("coded", "{}")), `"errors":["Only on Sundays."]`)
	contains(t, "its cause", f.log.String(), "it is Monday")
}

// TestW15ReplyBound: a result above the limit becomes an error, which says that the
// call was carried out, and the session continues.
func TestW15ReplyBound(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	got := c.ask(uapiCall("big", "{}"))
	contains(t, "the reply", got, "W15", `"status":0`, "The call was carried out")
	contains(t, "the log's line", f.idIn(t, got), "a result is too large for a reply")
	c.alive()
	// Escapes count (W8): one byte may become six.
	small := serve(t, func(s *setup) { s.Limits.Reply = 700 })
	c = small.dial(t)
	contains(t, "small enough", c.ask(uapiCall("echo", `{"a":"`+strings.Repeat("x", 200)+`"}`)), `"status":1`)
	contains(t, "too large", c.ask(uapiCall("echo", `{"a":"`+strings.Repeat("<", 200)+`"}`)), "W15")
	c.alive()
}

// counted counts the writes to a stream.
type counted struct {
	*net.UnixConn
	writes chan string
}

func (c counted) Write(p []byte) (int, error) {
	c.writes <- string(p)
	return c.UnixConn.Write(p)
}

// TestW11OneWrite: each reply is exactly one Write, whatever its kind and size.
func TestW11OneWrite(t *testing.T) {
	writes := make(chan string, 100)
	f := serve(t, func(s *setup) { s.Limits.Payload = 2 << 20 })
	f.server.Serve = nil // not used below
	ours, theirs := socketPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.door.Serve(t.Context(), counted{theirs, writes}, call.Caller{Account: "alice"})
	}()
	c := newCaller(t, ours)
	for _, payload := range []string{
		liveapi.EnableTag, uapiCall("echo", `{"a":"b"}`), uapiCall("echo", `{"a":"`+strings.Repeat("ü", 700<<10)+`"}`), uapiCall("big", "{}"), uapiCall("broken", "{}"),
		action(""), "<nonsense>", `<cpanel print="x">`, action(`{"module":"Echo","func":"rows","apiversion":2}`), liveapi.ShutdownTag,
	} {
		got := c.ask(payload)
		if wrote := <-writes; wrote != got {
			t.Errorf("one Write has %d bytes of a reply of %d", len(wrote), len(got))
		}
	}
	<-done
	if len(writes) > 0 {
		t.Errorf("one more Write: %q", <-writes)
	}
}

// socketPair returns a connection without a path.
func socketPair(t testing.TB) (ours, theirs *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn := func(fd int) *net.UnixConn {
		file := os.NewFile(uintptr(fd), "pair")
		defer file.Close()
		c, err := net.FileConn(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c.(*net.UnixConn)
	}
	return conn(fds[0]), conn(fds[1])
}

// TestW11LateResults: a module that responds after the deadline does not shift the
// replies that follow, on both transports.
func TestW11LateResults(t *testing.T) {
	for name, noLane := range map[string]bool{"lane": false, "stream": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, inProcess(t, noLane), func(s *setup) { s.Deadline = 300 * time.Millisecond })
			c := f.dial(t)
			contains(t, "the first call, which starts the module", c.ask(uapiCall("list", "{}")), `[1,2,3]`)
			for i := range 3 {
				got := c.ask(uapiCall("hold", "{}"))
				contains(t, "a call beyond its deadline", got, "gave no result", "may have taken effect")
				f.idIn(t, got)
				contains(t, "the release", c.ask(uapiCall("release", "{}")), `"data":1`)
				for j := range 20 {
					if want := fmt.Sprintf(`"data":{"n":"%d-%d"}`, i, j); !strings.Contains(c.ask(uapiCall("echo", fmt.Sprintf(`{"n":"%d-%d"}`, i, j))), want) {
						t.Fatalf("a reply is out of order: not %s", want)
					}
				}
			}
		})
	}
}

// TestWSection4Deadline: a call that does not end gets its reply at the deadline.
func TestWSection4Deadline(t *testing.T) {
	f := serve(t, func(s *setup) { s.Deadline = 50 * time.Millisecond })
	c := f.dial(t)
	start := time.Now()
	contains(t, "the reply", c.ask(uapiCall("slow", "{}")), "gave no result", "may have taken effect")
	if took := time.Since(start); took < 40*time.Millisecond || took > 5*time.Second {
		t.Errorf("it came after %s", took)
	}
	for _, d := range []time.Duration{-1, call.MaxDeadline + 1} {
		if _, err := call.New(call.Config{Deadline: d}); err == nil {
			t.Errorf("a deadline of %s is accepted", d)
		}
	}
}
