package liveapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// show writes a request on one line, for tables.
func show(r liveapi.Request) string {
	return fmt.Sprintf("%v %d %d %s.%s args=%s text=%s", r.Kind, r.ReqType, r.API, r.Module, r.Function, r.Args, r.Text)
}

func wrap(json string) string { return "<cpanelaction>" + json + "</cpanelaction>" }

func TestW5Payloads(t *testing.T) {
	for _, c := range []struct{ payload, want string }{
		{`<cpaneljson enable="1">`, "json 0 0 . args= text="},
		{" \r\n\t<cpaneljson enable=\"1\">\n", "json 0 0 . args= text="},
		{`<cpanelxml shutdown="1" />`, "shutdown 0 0 . args= text="},
		{"\n<cpanelxml shutdown=\"1\" />\n", "shutdown 0 0 . args= text="},
		{`<cpanel print="$CPDATA{'DNS'}">`, "print 0 1 print. args= text=$CPDATA{'DNS'}"},
		{`<cpanel print="$CPDATA{"DNS"}">`, `print 0 1 print. args= text=$CPDATA{"DNS"}`},
		{`<cpanel print="">`, "print 0 1 print. args= text="},
		{`<cpanel setvar="debug=1">`, "setvar 0 1 . args= text=debug=1"},
		{`<cpanel setvar="a=">`, "setvar 0 1 . args= text=a="},
		{`<cpanel Email="listpops(a,b)">`, "tag 0 1 Email.listpops args= text=a,b"},
		{` <cpanel cPAddons="run()"> `, "tag 0 1 cPAddons.run args= text="},
		{`<cpanel Email="f(g(1))">`, "tag 0 1 Email.f args= text=g(1)"},

		{action120, `action 0 3 Email.list_pops args={"domain":"example.com","regex":"al"} text=`},
		{wrap(`{"module":"A","func":"b","apiversion":"uapi"}`), "action 0 3 A.b args= text="},
		{wrap(`{"apiversion":"3","func":"b","module":"A"}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","apiversion":3}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","apiversion":"2"}`), "action 0 2 A.b args= text="},
		{wrap(`{"module":"A","func":"b","apiversion":2}`), "action 0 2 A.b args= text="},
		{wrap(`{"module":"A","func":"b","apiversion":"1"}`), "action 0 1 A.b args= text="},
		{wrap(`{"module":"A","func":"b","apiversion":1}`), "action 0 1 A.b args= text="},
		{wrap(`{"module":"A","func":"b"}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","args":null}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","args":[]}`), "action 0 3 A.b args=[] text="},
		{wrap(`{"module":"A","func":"b","args":{}}`), "action 0 3 A.b args={} text="},
		{wrap(`{"module":"A","func":"b","args":"x"}`), `action 0 3 A.b args="x" text=`},
		{wrap(`{"module":"A","func":"b","args": [1, {"a" : 2}] }`), `action 0 3 A.b args=[1, {"a" : 2}] text=`},
		{wrap(`{"module":"A","func":"b","args":{"n":1e400,"m":-0.10}}`), `action 0 3 A.b args={"n":1e400,"m":-0.10} text=`},
		{wrap(" \n{ \"module\" : \"A\" ,\t\"func\":\r\n\"b\" } \n"), "action 0 3 A.b args= text="},
		{wrap(`{"\u006dodule":"\u0045mail","f\u0075nc":"li\u0073t"}`), "action 0 3 Email.list args= text="},
		{wrap(`{"module":"A","func":"b","extra":{"a":[1,2,{"b":null}]},"more":true}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","MODULE":"x","Func":7,"ARGS":1}`), "action 0 3 A.b args= text="},
		{wrap(`{"module":"A","func":"b","args":{"t":"</cpanelaction>"}}`), `action 0 3 A.b args={"t":"</cpanelaction>"} text=`},
		{wrap(`{"module":"A","func":"b","args":{"t":"\/\u00e9\u003c\ud83c\udf0d"}}`), `action 0 3 A.b args={"t":"\/\u00e9\u003c\ud83c\udf0d"} text=`},

		// API 1's historical names, and nothing else (W16).
		{wrap(`{"module":"print","reqtype":"exec","func":"","apiversion":"1","args":"$user"}`), `action 0 1 print. args="$user" text=`},
		{wrap(`{"module":"print","func":"any thing","apiversion":1,"args":["$user"]}`), `action 0 1 print.any thing args=["$user"] text=`},
		{wrap(`{"module":"print","args":"$user"}`), `action 0 1 print. args="$user" text=`},
		{wrap(`{"module":"langprint","reqtype":"exec","func":"","apiversion":"1","args":"W"}`), `action 0 1 langprint. args="W" text=`},
		{wrap(`{"module":"if","reqtype":"if","func":"if","apiversion":"1","args":"!$a"}`), `action 1 1 if.if args="!$a" text=`},
		{wrap(`{"module":"if","reqtype":"if","func":"","apiversion":"uapi","args":"1"}`), `action 1 1 if. args="1" text=`},
		{wrap(`{"reqtype":"if","args":"1"}`), `action 1 1 if. args="1" text=`},
		{wrap(`{"func":"a_b","apiversion":"whm1","args":{"user":"x"}}`), `action 0 4 .a_b args={"user":"x"} text=`},
		{wrap(`{"module":"","func":"a_b","apiversion":"whm1"}`), `action 0 4 .a_b args= text=`},
		{wrap(`{"module":"feature","reqtype":"feature","func":"feature","apiversion":"","args":"x"}`), `action 2 1 feature.feature args="x" text=`},
	} {
		req, err := liveapi.ParseRequest([]byte(c.payload))
		if got := show(req); err != nil || got != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.payload, got, err, c.want)
		}
	}
}

// deep is an action with this many levels of nesting, including its own object.
func deep(levels int) string {
	return wrap(`{"module":"A","func":"b","args":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}")
}

func many(n int, last string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":{"a":1,"b":2},`, (i*7919)%n)
	}
	return wrap(`{"module":"A","func":"b","args":{` + b.String() + `"` + last + `":0}}`)
}

func TestW5W6W14W16Refusals(t *testing.T) {
	const ok = `"module":"A","func":"b"`
	for _, c := range []struct {
		payload, rule string
		offset        int // -1 for any
		says          string
	}{
		{"", "W5", 0, "empty"},
		{" \n", "W5", 0, "empty"},
		{"hello", "W5", 0, "unknown payload"},
		{`{"module":"A"}`, "W5", 0, "unknown payload"},
		{wrap(`{"module":"A","func":"b","apiversion":"whm1"}`), "W5", -1, "leave the member module out"},
		{wrap(`{"module":"print","func":"b","apiversion":"whm1"}`), "W5", -1, "leave the member module out"},
		{wrap(`{"apiversion":"whm1"}`), "W5", -1, "func is missing"},
		{wrap(`{"func":"a-b","apiversion":"whm1"}`), "W16", -1, "a function's name"},
		{wrap(`{"func":"b","apiversion":4}`), "W5", -1, "whm1"},
		{`<cpaneljson enable="0">`, "W5", 0, ""},
		{`<cpanelxml shutdown="1"/>`, "W5", 0, ""},
		{`<cpanel>`, "W5", 0, ""},
		{`<cpanel print>`, "W5", 0, ""},
		{`<cpanel print="x" />`, "W5", 0, ""},
		{`<cpanel Email="listpops">`, "W5", 0, ""},
		{`<cpanel setvar="a">`, "W5", 0, "name=value"},
		{`<cpanel setvar="=a">`, "W5", 0, "name=value"},
		{`<cpanel email="listpops()">`, "W16", 0, "module"},
		{`<cpanel Email="list pops()">`, "W16", 0, "func"},
		{`<cpanel ../Email="list()">`, "W16", 0, "module"},
		{"<cpanelaction>{", "W5", 15, "must end with"},
		{"<cpanelaction></cpanelaction", "W5", 28, "must end with"},

		{"<cpanelaction></cpanelaction>", "W6", 14, "not valid UTF-8"},
		{"<cpanelaction>\n \n</cpanelaction>", "W6", 14, "not valid UTF-8"},

		{wrap(`{}`), "W5", -1, "module is missing"},
		{wrap(`{"module":"A"}`), "W5", -1, "func is missing"},
		{wrap(`{"MODULE":"A","func":"b"}`), "W5", -1, "module is missing"},
		{wrap(`{"module":7,"func":"b"}`), "W5", 24, "module must be a string"},
		{wrap(`{"module":"A","func":null}`), "W5", -1, "func must be a string"},
		{wrap(`{` + ok + `,"reqtype":"run"}`), "W5", -1, "exec, if or feature"},
		{wrap(`{` + ok + `,"reqtype":1}`), "W5", -1, "reqtype"},
		{wrap(`{` + ok + `,"apiversion":"4"}`), "W5", -1, "apiversion"},
		{wrap(`{` + ok + `,"apiversion":3.0}`), "W5", -1, "apiversion"},
		{wrap(`{` + ok + `,"apiversion":null}`), "W5", -1, "apiversion"},
		{wrap(`{` + ok + `,"apiversion":""}`), "W5", -1, "feature"},
		{wrap(`{` + ok + `,"args":1}`), "W5", -1, "args"},
		{wrap(`{` + ok + `,"args":true}`), "W5", -1, "args"},

		{wrap(`{"module":"email","func":"b"}`), "W16", 24, "module"},
		{wrap(`{"module":"","func":"b"}`), "W16", -1, "module"},
		{wrap(`{"module":"A::B","func":"b"}`), "W16", -1, "module"},
		{wrap(`{"module":"A\u0000","func":"b"}`), "W16", -1, "module"},
		{wrap(`{"module":"A","func":""}`), "W16", -1, "func"},
		{wrap(`{"module":"A","func":"_b"}`), "W16", -1, "private"},
		{wrap(`{"module":"A","func":"a-b"}`), "W16", -1, "func"},
		{wrap(`{"module":"print","func":"","apiversion":"uapi"}`), "W16", -1, "module"},
		{wrap(`{"module":"print","func":"x","apiversion":"2"}`), "W16", -1, "module"},
		{wrap(`{"module":"if","func":"if","apiversion":"1"}`), "W16", -1, "module"},
		{wrap(`{"module":"feature","func":"feature","apiversion":"1"}`), "W16", -1, "module"},
		{wrap(`{"module":"langprint","func":"x","reqtype":"if"}`), "W16", -1, "reqtype"},
		{wrap(`{"module":"A","func":"b","reqtype":"feature"}`), "W16", -1, "reqtype"},

		{wrap("{" + ok + ",\"args\":\"\xff\"}"), "W14", 47, "UTF-8"},
		{"<cpanel print=\"\xc3\">", "W14", 15, "UTF-8"},
		{wrap(`[]`), "W14", 14, "object"},
		{wrap(`null`), "W14", 14, "object"},
		{wrap(`{`), "W14", 15, "member name"},
		{wrap(`{"module"`), "W14", 23, "colon"},
		{wrap(`{"x":`), "W14", 19, "ends"},
		{wrap(`{"x"`), "W14", 18, "colon"},
		{wrap(`{"x":1`), "W14", 20, "brace"},
		{wrap(`{"x":[1`), "W14", 21, "bracket"},
		{wrap(`{"x":1,}`), "W14", 21, "member name"},
		{wrap(`{"x":[1,]}`), "W14", 22, "value"},
		{wrap(`{'x':1}`), "W14", 15, "member name"},
		{wrap(`{"x":"1}`), "W14", 19, "does not end"},
		{wrap(`{"x":"a` + "\n" + `b"}`), "W14", 21, "control character"},
		{wrap(`{"x":"\x"}`), "W14", 20, "escape"},
		{wrap(`{"x":"\u12"}`), "W14", 20, "escape"},
		{wrap(`{"x":"\u12g4"}`), "W14", 20, "escape"},
		{wrap(`{"x":"\ud800"}`), "W14", 20, "surrogate"},
		{wrap(`{"x":"\ud800\u0041"}`), "W14", 20, "surrogate"},
		{wrap(`{"x":"\udc00\ud800"}`), "W14", 20, "surrogate"},
		{wrap(`{"x":01}`), "W14", -1, ""},
		{wrap(`{"x":+1}`), "W14", 19, "value"},
		{wrap(`{"x":1.}`), "W14", 19, "value"},
		{wrap(`{"x":.5}`), "W14", 19, "value"},
		{wrap(`{"x":1e}`), "W14", 19, "value"},
		{wrap(`{"x":-}`), "W14", 19, "value"},
		{wrap(`{"x":NaN}`), "W14", 19, "value"},
		{wrap(`{"x":nul}`), "W14", 19, "value"},
		{wrap(`{"x":True}`), "W14", 19, "value"},
		{wrap(`{` + ok + `}{}`), "W14", -1, "follows"},
		{wrap(`{` + ok + `} x`), "W14", -1, "follows"},
		{wrap("\ufeff{" + ok + "}"), "W14", 14, "object"},
		{deep(33), "W14", -1, "32 levels"},
		{wrap(`{"module":"A","module":"A"}`), "W14", 28, "two members"},
		{wrap(`{"x":1,"\u0078":1}`), "W14", 21, "two members"},
		{wrap(`{"x":[{"é":1,"\u00E9":1}]}`), "W14", -1, "two members"},
		{wrap(`{"x":{"🌍":1,"\ud83c\udf0d":1}}`), "W14", -1, "two members"},
		{wrap(`{"x":{"a":{"b":1},"a":2}}`), "W14", 32, "two members"},
		{many(1000, "k500"), "W14", -1, "two members"},
		{many(1000, `k50\u0030`), "W14", -1, "two members"},
		{many(16, "k3"), "W14", -1, "two members"},
		{many(17, "k3"), "W14", -1, "two members"},
	} {
		req, err := liveapi.ParseRequest([]byte(c.payload))
		var refused *liveapi.RequestError
		if !errors.As(err, &refused) {
			t.Errorf("%.200s\naccepted as %s, want %s", c.payload, show(req), c.rule)
			continue
		}
		if refused.Rule != c.rule || c.offset >= 0 && refused.Offset != c.offset || !strings.Contains(refused.Reason, c.says) {
			t.Errorf("%.200s\n got %v\nwant %s at %d: …%s…", c.payload, err, c.rule, c.offset, c.says)
		}
	}
}

func TestW14BoundsThatHold(t *testing.T) {
	for _, payload := range []string{deep(32), many(1000, "k1000"), many(15, "k15"), many(16, "k16"), many(17, "k17")} {
		if _, err := liveapi.ParseRequest([]byte(payload)); err != nil {
			t.Errorf("%.100s…: %v", payload, err)
		}
	}
}

// The error is at the first name that occurs a second time.
func TestW14DuplicateOffset(t *testing.T) {
	for _, names := range [][]string{{"k499"}, {"k9", "k1", "k5"}, {"k1", "k9", "k1"}} {
		payload := many(500, strings.Join(names, `":0,"`))
		_, err := liveapi.ParseRequest([]byte(payload))
		var refused *liveapi.RequestError
		want := strings.Index(payload, fmt.Sprintf(`"%s":0`, names[0]))
		if !errors.As(err, &refused) || refused.Offset != want {
			t.Errorf("%v: %v, want offset %d", names, err, want)
		}
	}
}

// The names that were read before the error are in the error reply (W10), if they are
// valid (W16).
func TestW10RequestAfterAnError(t *testing.T) {
	for _, c := range []struct{ payload, want string }{
		{wrap(`{"module":"Email","func":"add","apiversion":"2","args":{"a":1,"a":1}}`), "action 0 2 Email.add args= text="},
		{wrap(`{"module":"Email","func":"add","args":{"a":"b"},"x":}`), "action 0 0 Email.add args= text="},
		{wrap(`{"module":"<b>","func":"a b","x":}`), "action 0 0 . args= text="},
		{wrap(`{"module":"<b>","func":"add"}`), "action 0 3 .add args= text="},
		{wrap(`{"module":"Email","func":"_x"}`), "action 0 3 Email. args= text="},
		{wrap(`{"module":"Email","func":"add","apiversion":"9"}`), "action 0 0 Email.add args= text="},
	} {
		req, err := liveapi.ParseRequest([]byte(c.payload))
		if got := show(req); err == nil || got != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.payload, got, err, c.want)
		}
	}
}

func TestW14ErrorsQuoteNothing(t *testing.T) {
	const canary = "hunter2"
	for _, bad := range []string{
		`{"module":"hunter2","func":"b"}`, `{"module":"A","func":"hunter2!"}`, `{"module":"A","func":"b","args":hunter2}`,
		`{"module":"A","func":"b","args":{"hunter2":1,"hunter2":2}}`, `{"module":"A","func":"b","args":{"p":"hunter2}}`,
		`{"module":"A","func":"b","reqtype":"hunter2"}`, `{"module":"A","func":"b","apiversion":"hunter2"}`, `hunter2`,
	} {
		for _, payload := range []string{wrap(bad), bad, "<cpanel " + bad + `="">`} {
			if _, err := liveapi.ParseRequest([]byte(payload)); err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", payload, err)
			}
		}
	}
}

func TestW14CheckJSON(t *testing.T) {
	for json, ok := range map[string]bool{
		`{}`: true, ` [1,2] `: true, `"x"`: true, `1`: true, `null`: true, ``: false, ` `: false, `{} {}`: false,
		`{"a":1,"a":1}`: false, `"\ud800"`: false, "\"\xff\"": false,
		strings.Repeat("[", 32) + strings.Repeat("]", 32): true, strings.Repeat("[", 33) + strings.Repeat("]", 33): false,
	} {
		if err := liveapi.CheckJSON([]byte(json)); (err == nil) != ok {
			t.Errorf("%s: %v", json, err)
		}
	}
}

func TestParseRequestAllocatesNothing(t *testing.T) {
	table := map[string]int{"Email": 1}
	payload := []byte(action120)
	if n := testing.AllocsPerRun(1000, func() {
		req, err := liveapi.ParseRequest(payload)
		if err != nil || table[string(req.Module)] != 1 || req.API != protocol.UAPI {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a request, want 0", n)
	}
}
