package uapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// inEnvelope is uapi.Append for a call of this function.
func inEnvelope(dst []byte, api protocol.APIVersion, module, function string, r *protocol.Result) ([]byte, error) {
	return uapi.Append(dst, &protocol.Call{API: api, Module: module, Function: function}, r, 0)
}

func TestU1U2U3U4Core(t *testing.T) {
	for _, c := range []struct {
		name   string
		result protocol.Result
		want   string
	}{
		{"nothing to say (U1)", protocol.Result{Status: 1},
			`{"data":null,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}`},
		{"empty lists are null (U1)", protocol.Result{Status: 1, Data: raw(""), Errors: []string{}, Messages: []string{},
			Warnings: []string{}, Metadata: map[string]json.RawMessage{}},
			`{"data":null,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}`},
		{"all members, sorted and compact (U2)", protocol.Result{Status: 1, Data: raw(` { "b" : 1.50 , "a" : " x\/ " } `), Messages: []string{"m", "n"}, Warnings: []string{"w"},
			Metadata: map[string]json.RawMessage{"z": raw(" 1 "), "a": raw(`{"b": [ 2 ]}`), "paginate": raw(`null`)}},
			`{"data":{"b":1.50,"a":" x\/ "},"errors":null,"messages":["m","n"],"metadata":{"a":{"b":[2]},"paginate":null,"z":1},"status":1,"warnings":["w"]}`},
		{"failure without a text (U3)", protocol.Result{},
			`{"data":null,"errors":["The function failed and gave no reason."],"messages":null,"metadata":{},"status":0,"warnings":null}`},
		{"failure with data (U3)", protocol.Result{Data: raw(`{"failed":0}`), Errors: []string{"You must specify at least one file to upload."}},
			`{"data":{"failed":0},"errors":["You must specify at least one file to upload."],"messages":null,"metadata":{},"status":0,"warnings":null}`},
		{"success with errors keeps both", protocol.Result{Status: 1, Errors: []string{"e"}},
			`{"data":null,"errors":["e"],"messages":null,"metadata":{},"status":1,"warnings":null}`},
		{"an array is transformed (U4)", protocol.Result{Status: 1, Data: raw(" \n[ ]"), Metadata: map[string]json.RawMessage{"a": raw("1"), "z": raw("2"), "transformed": raw("0")}},
			`{"data":[],"errors":null,"messages":null,"metadata":{"a":1,"transformed":1,"z":2},"status":1,"warnings":null}`},
		{"an array of a failure too (U4)", protocol.Result{Data: raw("[1]"), Errors: []string{"e"}},
			`{"data":[1],"errors":["e"],"messages":null,"metadata":{"transformed":1},"status":0,"warnings":null}`},
		{"nothing else is (U4)", protocol.Result{Status: 1, Data: raw(`{"a":[]}`), Metadata: map[string]json.RawMessage{"transformed": raw("1")}},
			`{"data":{"a":[]},"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}`},
		{"texts are escaped and valid", protocol.Result{Errors: []string{"“a”\"\\/\n\r\t\x00\x1f\x7f\xff<&>é🌍\u2028"}},
			`{"data":null,"errors":["“a”\"\\/\n\r\t\u0000\u001f` + "\x7f" + `\ufffd\u003c\u0026\u003eé🌍\u2028"],"messages":null,"metadata":{},"status":0,"warnings":null}`},
		{"data that some decoders refuse", protocol.Result{Status: 1, Data: raw("\"\xff\\ud800\\ud83c\\udf0d\xe2\x82\"")},
			`{"data":"\ufffd\ufffd\ud83c\udf0d\ufffd\ufffd","errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := uapi.AppendCore([]byte("before"), &c.result)
			if err != nil || string(got) != "before"+c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
			if !json.Valid(got[len("before"):]) {
				t.Error("not JSON")
			}
		})
	}
}

func TestU1RefusedResults(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, r := range map[string]*protocol.Result{
		"nil": nil, "status 2": {Status: 2}, "status -1": {Status: -1}, "two values": {Status: 1, Data: raw("1 2")}, "blank": {Status: 1, Data: raw(" ")},
		"breaks out": {Status: 1, Data: raw(`1},"x":{`)}, "half a string": {Status: 1, Data: raw(`"a`)}, "too deep": {Status: 1, Data: raw(nested(481))}, "null?": {Status: 1, Data: raw("nope")},
	} {
		if got, err := uapi.AppendCore([]byte("x"), r); err == nil || string(got) != "x" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "{", "nul"} {
		r := &protocol.Result{Status: 1, Metadata: map[string]json.RawMessage{"a": raw(bad)}}
		if got, err := uapi.AppendCore([]byte("x"), r); err == nil || string(got) != "x" {
			t.Errorf("metadata %q: %q, %v", bad, got, err)
		}
	}
	fits := &protocol.Result{Status: 1, Data: raw(nested(480))}
	if _, err := uapi.AppendCore(nil, fits); err != nil {
		t.Error(err)
	}
}

func TestU5Envelopes(t *testing.T) {
	good := func(data string) *protocol.Result { return &protocol.Result{Status: 1, Data: raw(data)} }
	bad := protocol.Failed("one", "two")
	must := func(b []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	for _, c := range []struct{ name, got, want string }{
		{"UAPI", must(inEnvelope(nil, protocol.UAPI, "Email", "list", good(`{"a":1}`))),
			`{"apiversion":3,"func":"list","module":"Email","result":{"data":{"a":1},"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}}`},
		{"UAPI, hostile names", must(inEnvelope(nil, protocol.UAPI, `"<`, "\n", good(``))),
			`{"apiversion":3,"func":"\n","module":"\"\u003c","result":{"data":null,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}}`},
		{"API 2, list", must(inEnvelope(nil, protocol.API2, "Park", "list", good(" [ 1 ] "))), `{"cpanelresult":{"apiversion":2,"data":[1],"event":{"result":1},"func":"list","module":"Park"}}`},
		{"API 2, nothing", must(inEnvelope(nil, protocol.API2, "Park", "list", good(""))), `{"cpanelresult":{"apiversion":2,"data":[],"event":{"result":1},"func":"list","module":"Park"}}`},
		{"API 2, null", must(inEnvelope(nil, protocol.API2, "Park", "list", good(" null"))), `{"cpanelresult":{"apiversion":2,"data":[],"event":{"result":1},"func":"list","module":"Park"}}`},
		{"API 2, object", must(inEnvelope(nil, protocol.API2, "Park", "list", good(`{"a":1}`))), `{"cpanelresult":{"apiversion":2,"data":[{"a":1}],"event":{"result":1},"func":"list","module":"Park"}}`},
		{"API 2, failure", must(inEnvelope(nil, protocol.API2, "Park", "park", bad)), `{"cpanelresult":{"apiversion":2,"data":[],"error":"one\ntwo","event":{"result":0},"func":"park","module":"Park"}}`},
		{"API 2, silent failure", must(inEnvelope(nil, protocol.API2, "Park", "park", protocol.Failed())),
			`{"cpanelresult":{"apiversion":2,"data":[],"error":"The function failed and gave no reason.","event":{"result":0},"func":"park","module":"Park"}}`},
		{"API 1, text", must(inEnvelope(nil, protocol.API1, "print", "", good(`"foo"`))),
			`{"apiversion":"1","data":{"result":"foo"},"event":{"result":1},"func":"","module":"print","source":"internal","type":"event"}`},
		{"API 1, nothing", must(inEnvelope(nil, protocol.API1, "print", "", good(``))),
			`{"apiversion":"1","data":{"result":""},"event":{"result":1},"func":"","module":"print","source":"internal","type":"event"}`},
		{"API 1, number", must(inEnvelope(nil, protocol.API1, "A", "b", good(` -1.50 `))),
			`{"apiversion":"1","data":{"result":"-1.50"},"event":{"result":1},"func":"b","module":"A","source":"internal","type":"event"}`},
		{"API 1, true", must(inEnvelope(nil, protocol.API1, "A", "b", good(`true`))),
			`{"apiversion":"1","data":{"result":"1"},"event":{"result":1},"func":"b","module":"A","source":"internal","type":"event"}`},
		{"API 1, false", must(inEnvelope(nil, protocol.API1, "A", "b", good(`false`))),
			`{"apiversion":"1","data":{"result":"0"},"event":{"result":1},"func":"b","module":"A","source":"internal","type":"event"}`},
		{"API 1, list", must(inEnvelope(nil, protocol.API1, "A", "b", good(`[ 1 ]`))),
			`{"apiversion":"1","data":{"result":[1]},"event":{"result":1},"func":"b","module":"A","source":"internal","type":"event"}`},
		{"API 1, failure", must(inEnvelope(nil, protocol.API1, "A", "b", bad)),
			`{"apiversion":"1","data":{"result":""},"error":"one\ntwo","event":{"result":0},"func":"b","module":"A","source":"internal","type":"event"}`},
		{"WHM API 1", must(inEnvelope(nil, protocol.WHM1, "", "f", good(` { "a" : 1 } `))), `{"data":{"a":1},"metadata":{"command":"f","reason":"OK","result":1,"version":1}}`},
		{"WHM API 1, nothing", must(inEnvelope(nil, protocol.WHM1, "", "f", good(``))), `{"data":{},"metadata":{"command":"f","reason":"OK","result":1,"version":1}}`},
		{"WHM API 1, null", must(inEnvelope(nil, protocol.WHM1, "", "f", good(` null`))), `{"data":{},"metadata":{"command":"f","reason":"OK","result":1,"version":1}}`},
		{"WHM API 1, failure", must(inEnvelope(nil, protocol.WHM1, "", "f", bad)), `{"data":{},"metadata":{"command":"f","reason":"one\ntwo","result":0,"version":1}}`},
		{"WHM API 1, failure with data", must(inEnvelope(nil, protocol.WHM1, "", "f", &protocol.Result{Data: raw(`{"failed":{}}`), Messages: []string{"m"}})),
			`{"data":{"failed":{}},"metadata":{"command":"f","output":{"messages":["m"],"warnings":null},"reason":"The function failed and gave no reason.","result":0,"version":1}}`},
		{"if", string(uapi.AppendCondition(nil, "if", true)), `{"cpanelresult":{"apiversion":1,"data":{"result":1},"module":"if"}}`},
		{"feature", string(uapi.AppendCondition(nil, "feature", false)), `{"cpanelresult":{"apiversion":1,"data":{"result":0},"module":"feature"}}`},
		{"if, failure", string(uapi.AppendConditionError(nil, "if", "no “x”")),
			`{"cpanelresult":{"apiversion":1,"data":{"reason":"no “x”","result":0},"error":"no “x”","module":"if"}}`},
	} {
		if c.got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, c.got, c.want)
		}
		if !json.Valid([]byte(c.got)) {
			t.Errorf("%s is not JSON", c.name)
		}
	}
}

// The inner envelope must come first, or callers wrap the reply twice.
func TestW9InnerEnvelopeComesFirst(t *testing.T) {
	api2, err := inEnvelope(nil, protocol.API2, "A", "b", protocol.Failed("x"))
	for _, got := range [][]byte{api2, uapi.AppendCondition(nil, "if", true), uapi.AppendConditionError(nil, "if", "x")} {
		if err != nil || !bytes.HasPrefix(got, []byte(`{"cpanelresult":{`)) {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestW10UnreadableReachesEveryVersion(t *testing.T) {
	const text = "It was “<bad>” at byte 3.\n\"quoted\""
	var got struct {
		APIVersion int `json:"apiversion"`
		Data       struct {
			Reason string
			Result *int
		}
		Error  string
		Event  struct{ Reason string }
		Func   string
		Module string
		Result map[string]any
	}
	reply := uapi.AppendUnreadable(nil, "Email", "", text)
	if err := json.Unmarshal(reply, &got); err != nil {
		t.Fatalf("%v: %s", err, reply)
	}
	errors, _ := got.Result["errors"].([]any)
	if got.APIVersion != 3 || got.Data.Reason != text || got.Data.Result == nil || *got.Data.Result != 0 || got.Error != text ||
		got.Event.Reason != text ||
		got.Module != "Email" || len(errors) != 1 || errors[0] != text || got.Result["status"] != 0.0 || len(got.Result) != 6 {
		t.Errorf("%s", reply)
	}
	core, err := uapi.AppendCore(nil, protocol.Failed(text))
	if err != nil || !bytes.Contains(reply, core) {
		t.Errorf("result of %s\nis not %s", reply, core)
	}
}

func TestUSection4ErrorTexts(t *testing.T) {
	id := protocol.CallID(0x9f3a04c1_0000002a)
	for _, c := range []struct {
		got   string
		parts []string
	}{
		{uapi.UnknownModule("Foo"), []string{"Failed to load module “Foo”: ", "Can't locate Cpanel/API/Foo.pm in @INC"}},
		{uapi.UnknownFunction("test", "Email"), []string{"The system could not find the function “test” in the module “Email”."}},
		{uapi.FeatureOff("fileman"), []string{"You do not have the feature “fileman”."}},
		{uapi.MissingArgument("domain"), []string{"The parameter “domain” is required."}},
		{uapi.BadArgument("quota", "is no number", "a number from 0 to 10"), []string{"The parameter “quota” is no number: a number from 0 to 10."}},
		{uapi.DemoMode, []string{"This feature is not available in demo mode."}},
		{uapi.Internal(id), []string{"An internal error occurred (id 9f3a04c1-2a)."}},
		{uapi.TooLarge(id), []string{"The result is larger than a reply may be (W15); ask for less, such as one page of it. The call was carried out (id 9f3a04c1-2a)."}},
		{uapi.NoResult("A", "f", "it ended", true, id), []string{"A::f", "it ended", "may have taken effect", "9f3a04c1-2a"}},
		{uapi.NotYet("A", "f", "it ended", 29100*time.Millisecond, id), []string{"A::f gave no result: it ended. The call had no effect: try again in 30 s (id 9f3a04c1-2a)."}},
		{uapi.NoResult("A", "f", "it ended", false, id), []string{"A::f", "it ended", "had no effect", "9f3a04c1-2a"}},
	} {
		for _, part := range c.parts {
			if !strings.Contains(c.got, part) {
				t.Errorf("%q does not contain %q (U §4)", c.got, part)
			}
		}
	}
}

// The functions of this package make the envelopes of the golden conversations, except
// for the escapes of W8.
func TestU5GoldenEnvelopes(t *testing.T) {
	paths, err := filepath.Glob("../testdata/conversations/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden conversations: %v", err)
	}
	shapes := 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			_, reply, ok := strings.Cut(string(f.Data), "<cpanelresult>")
			reply = strings.TrimSuffix(reply, "</cpanelresult>\n")
			if !strings.HasSuffix(f.Name, ".reply") || !ok {
				continue
			}
			got := rebuild(t, []byte(reply))
			if got == "" {
				continue
			}
			if shapes++; got != reply {
				t.Errorf("%s %s\n got %s\nwant %s", path, f.Name, got, reply)
			}
		}
	}
	if shapes == 0 {
		t.Error("no envelope among the golden replies")
	}
}

// rebuild parses an envelope and makes it again; "" when it is not the envelope of a
// call.
func rebuild(t *testing.T, reply []byte) string {
	t.Helper()
	type envelope struct {
		APIVersion   any `json:"apiversion"`
		Data, Event  json.RawMessage
		Error        string
		Func, Module string
		Result       *protocol.Result
		CPanelResult *envelope `json:"cpanelresult"`
	}
	var e envelope
	if err := json.Unmarshal(reply, &e); err != nil {
		t.Fatal(err)
	}
	var out []byte
	var err error
	switch inner := e.CPanelResult; {
	case e.Result != nil:
		out, err = inEnvelope(nil, protocol.UAPI, e.Module, e.Func, e.Result)
	case inner != nil && inner.APIVersion == 2.0:
		r := &protocol.Result{Status: 1, Data: inner.Data}
		if inner.Error != "" {
			r = protocol.Failed(inner.Error)
		}
		out, err = inEnvelope(nil, protocol.API2, inner.Module, inner.Func, r)
	case inner != nil:
		out = uapi.AppendCondition(nil, inner.Module, string(inner.Data) == `{"result":1}`)
	case e.APIVersion == "1":
		var data struct{ Result json.RawMessage }
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		out, err = inEnvelope(nil, protocol.API1, e.Module, e.Func, &protocol.Result{Status: 1, Data: data.Result})
	}
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

func TestAppendAllocatesNothing(t *testing.T) {
	r := &protocol.Result{Status: 1, Data: raw(`[{"email":"a@example.com"}]`), Messages: []string{"m"}, Metadata: map[string]json.RawMessage{"a": raw("1"), "b": raw("2")}}
	c := &protocol.Call{API: protocol.UAPI, Module: "Email", Function: "list_pops"}
	var buf []byte
	if n := testing.AllocsPerRun(1000, func() { buf, _ = uapi.Append(buf[:0], c, r, 0) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
