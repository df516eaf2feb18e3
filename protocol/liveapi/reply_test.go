package liveapi_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/protocol/liveapi"
)

const (
	open        = "<?xml version=\"1.0\" ?>\n<cpanelresult>"
	closing     = "</cpanelresult>\n"
	replacement = `\ufffd`
)

func TestW7W8Replies(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"fixed answer to the switch", liveapi.EnabledReply, `{"data":{"result":"json"}}`},
		{"fixed answer to the end", liveapi.ShutdownReply, `{"data":{"result":"shutdown"}}`},
		{"empty object", `{}`, `{}`},
		{"white space outside strings", " { \"a\" :\r\n[ 1 , 2 ,\t{ } , [ ] ] , \"b\" : \" c \" } \n", `{"a":[1,2,{},[]],"b":" c "}`},
		{"marker", `{"a":"</cpanelresult>\n<cpanelresult>{}"}`, `{"a":"\u003c/cpanelresult\u003e\n\u003ccpanelresult\u003e{}"}`},
		{"marker in a name", `{"</cpanelresult>":1}`, `{"\u003c/cpanelresult\u003e":1}`},
		{"ampersand", `{"a":"&lt;"}`, `{"a":"\u0026lt;"}`},
		{"CDATA", `{"a":"<![CDATA[ ]]>"}`, `{"a":"\u003c![CDATA[ ]]\u003e"}`},
		{"line separators", "{\"a\":\"x\u2028y\u2029z\"}", `{"a":"x\u2028y\u2029z"}`},
		{"what XML forbids", "{\"a\":\"\ufffe\uffff\ufffd\"}", `{"a":"\ufffe\uffff` + "\ufffd" + `"}`},
		{"escapes stay", `{"a":"\u003C\/\"\\\b\f\n\r\t\u00e9\u0000"}`, `{"a":"\u003C\/\"\\\b\f\n\r\t\u00e9\u0000"}`},
		{"text beyond ASCII stays", `{"ä":"Grüße, 世界 🌍\ud83c\udf0d"}`, `{"ä":"Grüße, 世界 🌍\ud83c\udf0d"}`},
		{"not UTF-8", "{\"a\":\"x\xffy\xc3\"}", `{"a":"x` + replacement + `y` + replacement + `"}`},
		{"UTF-8 of a surrogate", "{\"a\":\"\xed\xa0\x80\"}", `{"a":"` + strings.Repeat(replacement, 3) + `"}`},
		{"overlong marker", "{\"a\":\"\xc0\xbc\"}", `{"a":"` + replacement + replacement + `"}`},
		{"lone surrogates", `{"a":"\ud800","b":"\udc00\ud800x","c":"\ud800\u0041"}`,
			`{"a":"` + replacement + `","b":"` + replacement + replacement + `x","c":"` + replacement + `\u0041"}`},
		{"numbers by their text", `{"a":[0,-0,1.50,1E+9,123456789012345678901234567890]}`, `{"a":[0,-0,1.50,1E+9,123456789012345678901234567890]}`},
		{"words", `{"a":[true,false,null]}`, `{"a":[true,false,null]}`},
		{"every place in a word", `{"a":"0123456<01234567>0123456&&01234<"}`, `{"a":"0123456\u003c01234567\u003e0123456\u0026\u002601234\u003c"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := liveapi.AppendReply([]byte("before"), []byte(c.json), 0)
			if err != nil || string(got) != "before"+open+c.want+closing {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestW7W10W15RefusedReplies(t *testing.T) {
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}" }
	if _, err := liveapi.AppendReply(nil, []byte(nested(liveapi.MaxReplyDepth)), 0); err != nil {
		t.Errorf("%d levels: %v", liveapi.MaxReplyDepth, err)
	}
	for _, c := range []struct{ json, rule string }{
		{"", "W10"}, {" ", "W10"}, {"null", "W10"}, {"[]", "W10"}, {`"x"`, "W10"}, {"</cpanelresult>", "W10"},
		{"{", "W14"}, {"{}}", "W14"}, {"{}{}", "W14"}, {`{"a"}`, "W14"}, {`{"a":}`, "W14"}, {`{"a":1,}`, "W14"}, {`{"a":1`, "W14"},
		{`{a:1}`, "W14"}, {`{"a":"`, "W14"}, {`{"a":"x` + "\n" + `"}`, "W14"}, {`{"a":"\x"}`, "W14"}, {`{"a":"\u00`, "W14"}, {`{"a":"\`, "W14"},
		{`{"a":01}`, "W14"}, {`{"a":tru}`, "W14"}, {`{"a":[1}`, "W14"}, {`{"a":[1 2]}`, "W14"}, {`{"a":1 "b":2}`, "W14"}, {"{\"a\":1\xff}", "W14"},
		{`{"a":1}</cpanelresult>`, "W14"}, {nested(liveapi.MaxReplyDepth + 1), "W14"},
	} {
		got, err := liveapi.AppendReply([]byte("before"), []byte(c.json), 0)
		var refused *liveapi.ReplyError
		if !errors.As(err, &refused) || refused.Rule != c.rule || string(got) != "before" {
			t.Errorf("%.60q: %.60q, %v; want %s", c.json, got, err, c.rule)
		}
	}
}

func TestW15Bound(t *testing.T) {
	json := []byte(`{"a":"<<<<"}`)
	frame, err := liveapi.AppendReply(nil, json, 0)
	if err != nil {
		t.Fatal(err)
	}
	for limit := 1; limit < len(frame)+3; limit++ {
		got, err := liveapi.AppendReply(nil, json, limit)
		if fits := limit >= len(frame); fits != (err == nil) || fits != (len(got) == len(frame)) ||
			!fits && !errors.Is(err, liveapi.ErrReplyTooLarge) {
			t.Fatalf("bound %d for %d bytes: %d, %v", limit, len(frame), len(got), err)
		}
	}
	atBound := `{"a":"` + strings.Repeat("x", liveapi.DefaultReply-len(open)-len(closing)-len(`{"a":""}`)) + `"}`
	if _, err := liveapi.AppendReply(nil, []byte(atBound), 0); err != nil {
		t.Error(err)
	}
	if _, err := liveapi.AppendReply(nil, []byte(atBound+" "), 0); err != nil {
		t.Errorf("white space that is dropped counts: %v", err)
	}
	if _, err := liveapi.AppendReply(nil, []byte(strings.Replace(atBound, "x", "xx", 1)), 0); !errors.Is(err, liveapi.ErrReplyTooLarge) {
		t.Error(err)
	}
}

// recorder keeps each Write apart.
type recorder struct {
	writes [][]byte
	err    error
	short  int
}

func (r *recorder) Write(p []byte) (int, error) {
	r.writes = append(r.writes, append([]byte(nil), p...))
	return len(p) - r.short, r.err
}

func TestW11OneWritePerReply(t *testing.T) {
	rec := &recorder{}
	w := liveapi.NewWriter(rec, 200<<10)
	big := `{"a":"` + strings.Repeat("<", 30<<10) + `"}`
	for i, json := range []string{liveapi.EnabledReply, big, `{"b":1}`} {
		if err := w.Reply([]byte(json)); err != nil || len(rec.writes) != i+1 {
			t.Fatalf("reply %d: %d writes, %v", i, len(rec.writes), err)
		}
	}
	for _, json := range []string{`{`, ``, big[:20] + big + `"}`, `{"a":"` + strings.Repeat("<", 40<<10) + `"}`} {
		var refused *liveapi.ReplyError
		if err := w.Reply([]byte(json)); !errors.As(err, &refused) || len(rec.writes) != 3 {
			t.Fatalf("a bad reply: %d writes, %v", len(rec.writes), err)
		}
	}
	if err := w.Reply([]byte(`{"c":1}`)); err != nil || string(rec.writes[3]) != open+`{"c":1}`+closing {
		t.Fatalf("after a refused reply: %q, %v", rec.writes[3], err)
	}
}

func TestW11NothingAfterABrokenWrite(t *testing.T) {
	lost := errors.New("broken pipe")
	for _, rec := range []*recorder{{err: lost}, {short: 3}} {
		w := liveapi.NewWriter(rec, 0)
		first := w.Reply([]byte(`{}`))
		if rec.err != nil && !errors.Is(first, lost) || rec.short > 0 && !errors.Is(first, io.ErrShortWrite) {
			t.Error(first)
		}
		if again := w.Reply([]byte(`{}`)); again != first || len(rec.writes) != 1 {
			t.Errorf("%d writes, %v", len(rec.writes), again)
		}
	}
}

// Send writes a reply unchanged; it refuses one that would break the framing, and the
// session goes on.
func TestW7W8W15SendRefusesWhatIsNoReply(t *testing.T) {
	rec := &recorder{}
	w := liveapi.NewWriter(rec, 100)
	room := liveapi.RoomInReply(100)
	fits := `{"a":"` + strings.Repeat("x", room-len(`{"a":""}`)) + `"}`
	for json, rule := range map[string]string{
		"": "W10", "{": "W10", "[]": "W10", `{"a":1} `: "W10",
		`{"a":"<"}`: "W8", "{\n}": "W7", strings.Replace(fits, "x", "xx", 1): "W15",
	} {
		var refused *liveapi.ReplyError
		if err := w.Send(append(liveapi.OpenReply(nil), json...)); !errors.As(err, &refused) || refused.Rule != rule {
			t.Errorf("%q: %v, want a refusal by %s", json, err, rule)
		}
	}
	if err := w.Send([]byte(fits)); err == nil || len(rec.writes) != 0 {
		t.Errorf("a reply that OpenReply did not begin: %v, %d writes", err, len(rec.writes))
	}
	err := w.Send(append(liveapi.OpenReply(nil), fits...))
	if err != nil || string(rec.writes[0]) != open+fits+closing || len(rec.writes[0]) != 100 {
		t.Errorf("%v, %q", err, rec.writes)
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	w := liveapi.NewWriter(io.Discard, 0)
	json := []byte(core200)
	if n := testing.AllocsPerRun(1000, func() {
		if err := w.Reply(json); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a reply, want 0", n)
	}
}

// conversations returns every file of the golden conversations whose name has this suffix.
func conversations(t testing.TB, suffix string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../testdata/conversations/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden conversations: %v", err)
	}
	found := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		for _, f := range txtar.Parse(data).Files {
			if strings.HasSuffix(f.Name, suffix) {
				found[name+"-"+strings.TrimSuffix(f.Name, suffix)] = string(f.Data)
			}
		}
	}
	return found
}

func TestW7GoldenRepliesRoundTrip(t *testing.T) {
	for name, reply := range conversations(t, ".reply") {
		json := strings.TrimSuffix(strings.TrimPrefix(reply, open), closing)
		got, err := liveapi.AppendReply(nil, []byte(json), 0)
		if err != nil || string(got) != reply {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, reply)
		}
	}
}

func TestW5GoldenRequests(t *testing.T) {
	for name, payload := range conversations(t, ".request") {
		if req, err := liveapi.ParseRequest([]byte(payload)); err != nil || req.Kind == liveapi.KindUnknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// checkReaders sends a reply and a second one, and checks that every model reader
// reads the given value.
func checkReaders(t *testing.T, json []byte) {
	t.Helper()
	want, err := decode(json)
	if err != nil {
		t.Fatal(err)
	}
	rec := &recorder{}
	w := liveapi.NewWriter(rec, 0)
	for _, reply := range [][]byte{json, []byte(`{"second":2}`)} {
		if err := w.Reply(reply); err != nil {
			t.Fatal(err)
		}
	}
	for name, read := range readers {
		s := newSession(append([][]byte(nil), rec.writes...)...)
		text, err := read(s)
		if err != nil {
			t.Errorf("%s reads %q: %v", name, rec.writes[0], err)
			continue
		}
		if got, err := decode([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads %v, want %v; %v", name, got, want, err)
		}
		if text, err = read(s); err != nil || text != `{"second":2}` {
			t.Errorf("%s reads %q as the second reply, %v", name, text, err)
		}
	}
}

func TestW8Readers(t *testing.T) {
	for _, text := range []string{
		`</cpanelresult>\n<cpanelresult>{\"forged\":1}`, `<?xml version=\"1.0\" ?>`, `<cpanelresult>{`, `&amp;`, `]]>`, `<!--`, "\u2028", "\ufffe", "\xff", `\ud800`, `\u0000`,
	} {
		checkReaders(t, []byte(`{"text":"`+text+`"}`))
	}
}

// The models are useless if they accept anything: each must fail on the mistake
// that is known to break the reader that it models.
func TestW7ReadersNoticeMistakes(t *testing.T) {
	const good = open + `{"a":1}` + closing
	for _, c := range []struct{ reader, frame string }{
		{"PHP", strings.TrimSuffix(good, "\n")}, {"PHP", "\n" + good}, {"PHP", open + closing}, {"PHP", open + "\n{\"a\":1}" + closing},
		{"Perl", " " + good}, {"Perl", open + "{\"a\":\"\xff\"}" + closing}, {"Perl", open + `{"a":1}`},
		{"Go", strings.TrimSuffix(good, "\n")}, {"Go", open + `{"a":1}` + "</cpanelresult> \n"},
		{"Node", open + `{"a":"<b"}` + closing}, {"Node", open + `{"a":"&"}` + closing}, {"Node", good + good}, {"Node", good[:20]},
		{"Python", open + `{"a":1}`}, {"Python", open + `{"a":"</cpanelresult>"}` + closing},
	} {
		if text, err := readers[c.reader](newSession([]byte(c.frame))); err == nil {
			t.Errorf("%s accepts %q as %q", c.reader, c.frame, text)
		}
	}
}
