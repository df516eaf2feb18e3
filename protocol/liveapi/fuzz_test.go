package liveapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// choppy returns its bytes in pieces of the given sizes, again and again, and fails
// the test when it is given a buffer that is much larger than what has arrived.
type choppy struct {
	t       *testing.T
	data    []byte
	sizes   []byte
	reads   int
	arrived int // since the last call of Next
}

func (c *choppy) Read(p []byte) (int, error) {
	if most := 4 * (4096 + c.arrived); len(p) > most {
		c.t.Fatalf("room for %d bytes after %d have arrived (W12)", len(p), c.arrived)
	}
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := len(c.data)
	if len(c.sizes) > 0 {
		n = min(n, int(c.sizes[c.reads%len(c.sizes)])+1)
		c.reads++
	}
	n = copy(p, c.data[:n])
	c.data = c.data[n:]
	c.arrived += n
	return n, nil
}

var (
	lengthLine = regexp.MustCompile(`^[0-9]{1,10}\n`)
	bareTag    = regexp.MustCompile(`^[ \t\r\n]{0,32}<cpanelxml shutdown="1" />`)
)

// frames is a second implementation of W4, W5 and W12, for a complete stream.
func frames(stream []byte, limit int) (list []string, end string) {
	for len(stream) > 0 {
		if tag := bareTag.Find(stream); tag != nil {
			return append(list, "bare:"+string(tag)), "EOF"
		}
		line := lengthLine.Find(stream)
		if line == nil {
			// Torn, if more bytes could make it a frame.
			for i := range 11 {
				if lengthLine.Match(append(append([]byte(nil), stream...), "00000000000"[:i]+"\n"...)) {
					return list, "torn"
				}
			}
			for i := range liveapi.ShutdownTag {
				if bareTag.Match(append(append([]byte(nil), stream...), liveapi.ShutdownTag[i:]...)) {
					return list, "torn"
				}
			}
			return list, "framing"
		}
		n, _ := strconv.Atoi(string(line[:len(line)-1]))
		switch stream = stream[len(line):]; {
		case n > limit:
			return list, "framing"
		case n > len(stream):
			return list, "torn"
		}
		list = append(list, string(stream[:n]))
		stream = stream[n:]
	}
	return list, "EOF"
}

func FuzzReader(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, stream, sizes []byte, limit uint16) {
		bound := int(limit) + 1
		read := func(sizes []byte) (list []string, err error) {
			src := &choppy{t: t, data: stream, sizes: sizes}
			r := liveapi.NewReader(src, liveapi.Limits{Payload: bound})
			for {
				frame, err := r.Next()
				if err != nil {
					return list, err
				}
				src.arrived = 0
				text := string(frame.Payload)
				if frame.Bare {
					text = "bare:" + text
				}
				list = append(list, text)
			}
		}
		whole, wholeErr := read(nil)
		pieces, piecesErr := read(sizes)
		if !reflect.DeepEqual(whole, pieces) {
			t.Fatalf("frames %q at once, %q in pieces", whole, pieces)
		}
		if wholeErr.Error() != piecesErr.Error() {
			t.Fatalf("%v at once, %v in pieces", wholeErr, piecesErr)
		}
		want, end := frames(stream, bound)
		if !reflect.DeepEqual(whole, want) {
			t.Fatalf("frames %q, want %q", whole, want)
		}
		var framing *liveapi.FramingError
		var failed *liveapi.ReadError
		switch {
		case wholeErr == io.EOF:
			if end != "EOF" {
				t.Fatalf("a clean end, want %s", end)
			}
		case errors.As(wholeErr, &framing):
			if end != "framing" || len(framing.Quote) > 40 || !bytes.Contains(stream, framing.Quote) {
				t.Fatalf("%v with quote %q, want %s", wholeErr, framing.Quote, end)
			}
		case errors.As(wholeErr, &failed):
			if end != "torn" || !failed.Torn() {
				t.Fatalf("%v, want %s", wholeErr, end)
			}
		default:
			t.Fatal(wholeErr)
		}
	})
}

// duplicates looks for two members of one name in valid JSON.
func duplicates(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	var walk func() bool
	walk = func() bool {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'):
			seen := map[string]bool{}
			for d.More() {
				name, _ := d.Token()
				if seen[name.(string)] {
					return true
				}
				seen[name.(string)] = true
				if walk() {
					return true
				}
			}
			d.Token()
		case json.Delim('['):
			for d.More() {
				if walk() {
					return true
				}
			}
			d.Token()
		}
		return false
	}
	return walk()
}

// strict is W14 with encoding/json.
func strict(text []byte) error {
	switch {
	case !utf8.Valid(text):
		return errors.New("not UTF-8")
	case !json.Valid(text):
		return errors.New("not JSON")
	case loneSurrogate(string(text)):
		return errors.New("a lone surrogate")
	case nesting(string(text)) > liveapi.MaxDepth:
		return errors.New("too deep")
	case duplicates(text):
		return errors.New("duplicate members")
	}
	return nil
}

var (
	moduleName   = regexp.MustCompile(`\A([A-Z][A-Za-z0-9]{0,63}|c[A-Z][A-Za-z0-9]{0,62})\z`)
	functionName = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_]{0,63}\z`)
)

// meaning is W5 and W16 for an action of strict JSON, with encoding/json.
func meaning(text []byte) (want liveapi.Request, err error) {
	want.Kind = liveapi.KindAction
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return want, errors.New("no object")
	}
	str := func(name string) (s string, there bool) {
		raw, there := members[name]
		if there && (raw[0] != '"' || json.Unmarshal(raw, &s) != nil) {
			err = fmt.Errorf("%s is no string", name)
		}
		return s, there
	}
	module, hasModule := str("module")
	function, hasFunction := str("func")
	reqtype, hasType := str("reqtype")
	version, hasVersion := "", false
	if raw, there := members["apiversion"]; there && raw[0] != '"' {
		version, hasVersion = string(raw), true
		if version == "uapi" || version == "" {
			return want, errors.New("apiversion")
		}
	} else {
		version, hasVersion = str("apiversion")
	}
	if err != nil {
		return want, err
	}
	var known bool
	if want.API, known = map[string]protocol.APIVersion{"uapi": 3, "3": 3, "2": 2, "1": 1, "whm1": 4, "": 0}[version]; !known {
		return want, errors.New("apiversion")
	}
	if args, there := members["args"]; there && string(args) != "null" {
		if !strings.ContainsRune(`{["`, rune(args[0])) {
			return want, errors.New("args")
		}
		want.Args = args
	}
	want.Function = []byte(function)
	switch {
	case hasType && reqtype != "exec" && reqtype != "if" && reqtype != "feature":
		return want, errors.New("reqtype")
	case hasType && reqtype != "exec":
		want.API = protocol.API1
		want.ReqType = map[string]liveapi.ReqType{"if": liveapi.If, "feature": liveapi.Feature}[reqtype]
		want.Module = []byte(reqtype)
		if hasModule && module != reqtype {
			return want, errors.New("module")
		}
		return want, nil
	case hasVersion && version == "":
		return want, errors.New("empty apiversion")
	case version == "whm1":
		if module != "" || !functionName.MatchString(function) {
			return want, errors.New("names")
		}
		return want, nil
	case (module == "print" || module == "langprint") && (!hasVersion || version == "1"):
		want.API = protocol.API1
	case !moduleName.MatchString(module) || !functionName.MatchString(function) || !hasFunction:
		return want, errors.New("names")
	case !hasVersion:
		want.API = protocol.UAPI
	}
	want.Module = []byte(module)
	return want, nil
}

func FuzzParseRequest(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		req, err := liveapi.ParseRequest(payload)
		if !bytes.Equal(payload, before) {
			t.Fatal("the payload was changed")
		}
		var refused *liveapi.RequestError
		if err != nil && (!errors.As(err, &refused) || refused.Offset < 0 || refused.Offset > len(payload)) {
			t.Fatalf("%v is no RequestError of this payload", err)
		}
		if !utf8.Valid(payload) {
			if err == nil {
				t.Fatal("accepted, though not UTF-8")
			}
			return
		}
		body, isAction := strings.CutPrefix(strings.Trim(string(payload), " \t\r\n"), "<cpanelaction>")
		body, isClosed := strings.CutSuffix(body, "</cpanelaction>")
		if !isAction || !isClosed {
			if err == nil && req.Kind == liveapi.KindAction {
				t.Fatal("accepted as an action")
			}
			return
		}
		text := []byte(strings.Trim(body, " \t\r\n"))
		if err == nil {
			if bad := strict(text); bad != nil {
				t.Fatalf("accepted, but %v", bad)
			}
			want, bad := meaning(text)
			if bad != nil || show(req) != show(want) {
				t.Fatalf("got %s\nwant %s, %v", show(req), show(want), bad)
			}
			return
		}
		switch bad := strict(text); {
		case refused.Rule == "W6":
			if len(text) > 0 {
				t.Fatal("an empty body, but it is not")
			}
		case bad == nil:
			if _, bad := meaning(text); bad == nil {
				t.Fatalf("refused: %v, but nothing is wrong", err)
			} else if refused.Rule == "W14" && bad.Error() != "no object" {
				t.Fatalf("refused: %v, want %v", err, bad)
			}
		}
	})
}

func FuzzReply(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		var doc bytes.Buffer
		e := json.NewEncoder(&doc)
		e.SetEscapeHTML(false)
		if err := e.Encode(map[string]any{text: []any{text, text + text}, "cpanelresult": text}); err != nil {
			t.Fatal(err)
		}
		checkReaders(t, doc.Bytes())
		checkReaders(t, []byte(`{"`+text2json(text)+`":"`+text2json(text)+`"}`))

		good := json.Valid(raw) && bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) &&
			nesting(string(raw)) <= liveapi.MaxReplyDepth
		frame, err := liveapi.AppendReply(nil, raw, 0)
		if good != (err == nil) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil {
			var refused *liveapi.ReplyError
			if !errors.As(err, &refused) || frame != nil {
				t.Fatalf("%v with %q", err, frame)
			}
			return
		}
		checkReaders(t, raw)
		inner := string(frame[len(open) : len(frame)-len(closing)])
		if strings.ContainsAny(inner, "<>&\n\u2028\u2029") {
			t.Fatalf("raw characters in %q (W8)", inner)
		}
		again, err := liveapi.AppendReply(nil, []byte(inner), 0)
		if err != nil || !bytes.Equal(again, frame) {
			t.Fatalf("not the same when written again: %q, %v", again, err)
		}
	})
}

// text2json escapes only what JSON requires, so that everything else reaches the
// writer unescaped.
func text2json(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
