package uapi_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// U5: a result that cannot be sent becomes a failed call in the envelope of its API;
// only the log has the reason.
func TestU5UnsendableResults(t *testing.T) {
	const id = protocol.CallID(0x9f3a04c1_0000002a)
	ofData := func(data string) *protocol.Result { return &protocol.Result{Status: 1, Data: raw(data)} }
	unsendable := map[string]*protocol.Result{
		"nil":               nil,
		"status 2":          {Status: 2},
		"status -1":         {Status: -1, Data: raw("{}")},
		"two values":        ofData(`{} {}`),
		"blank":             ofData(" "),
		"breaks out":        ofData(`{}},"x":{`),
		"half a string":     ofData(`{"a`),
		"a word":            ofData("nope"),
		"nested too deep":   ofData(strings.Repeat(`{"a":`, 480) + "{}" + strings.Repeat("}", 480)),
		"a failure, broken": {Data: raw("{"), Errors: []string{"the module's own text"}},
	}
	ofMetadata := func(name, value string) *protocol.Result {
		return &protocol.Result{Status: 1, Metadata: map[string]json.RawMessage{"a": raw("1"), name: raw(value)}}
	}
	for _, c := range []struct {
		name     string
		api      protocol.APIVersion
		envelope string // of the failed call
		more     map[string]*protocol.Result
	}{
		{"no API said", 0,
			`{"apiversion":3,"func":"f","module":"M","result":{"data":null,"errors":["An internal error occurred (id 9f3a04c1-2a)."],"messages":null,"metadata":{},"status":0,"warnings":null}}`, nil},
		{"UAPI", protocol.UAPI,
			`{"apiversion":3,"func":"f","module":"M","result":{"data":null,"errors":["An internal error occurred (id 9f3a04c1-2a)."],"messages":null,"metadata":{},"status":0,"warnings":null}}`,
			map[string]*protocol.Result{"metadata {": ofMetadata("b", "{"), "no metadata": ofMetadata("b", ""), "metadata 1 2": ofMetadata("paginate", "1 2")}},
		{"API 2", protocol.API2,
			`{"cpanelresult":{"apiversion":2,"data":[],"error":"An internal error occurred (id 9f3a04c1-2a).","event":{"result":0},"func":"f","module":"M"}}`,
			map[string]*protocol.Result{"pages {": ofMetadata("paginate", "{"), "no pages": ofMetadata("paginate", "")}},
		{"API 1", protocol.API1,
			`{"apiversion":"1","data":{"result":""},"error":"An internal error occurred (id 9f3a04c1-2a).","event":{"result":0},"func":"f","module":"M","source":"internal","type":"event"}`, nil},
		{"WHM API 1", protocol.WHM1,
			`{"data":{},"metadata":{"command":"f","reason":"An internal error occurred (id 9f3a04c1-2a).","result":0,"version":1}}`,
			map[string]*protocol.Result{"a list": ofData("[1]"), "a text": ofData(`"a"`), "a number": ofData("1"), "true": ofData("true")}},
	} {
		call := &protocol.Call{ID: id, API: c.api, Module: "M", Function: "f"}
		for _, results := range []map[string]*protocol.Result{unsendable, c.more} {
			for name, r := range results {
				got, err := uapi.Append([]byte("before"), call, r, 0)
				if err == nil || string(got) != "before"+c.envelope {
					t.Errorf("%s of %s: %v\n got %s\nwant %s", name, c.name, err, got, c.envelope)
				}
			}
		}
		got, err := uapi.Append([]byte("before"), call, &protocol.Result{Status: 1}, 0)
		if err != nil || strings.Contains(string(got), uapi.Internal(id)) || !json.Valid(got[len("before"):]) {
			t.Errorf("a good result of %s: %s, %v", c.name, got, err)
		}
	}
}

// W15: an envelope above its limit becomes that of a failed call with this reason. The
// limit counts the bytes of the reply, escapes included, without the bytes that dst had
// before.
func TestW15EnvelopeBound(t *testing.T) {
	r := &protocol.Result{Status: 1, Data: raw(`{"a":"` + strings.Repeat("<", 100) + `"}`)}
	for _, api := range []protocol.APIVersion{protocol.UAPI, protocol.API2, protocol.API1, protocol.WHM1} {
		call := &protocol.Call{ID: 1, API: api, Module: "M", Function: "f"}
		whole, err := uapi.Append(nil, call, r, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := uapi.Append([]byte("before"), call, r, len(whole)); err != nil || string(got) != "before"+string(whole) {
			t.Errorf("API %d, at the bound: %s, %v", api, got, err)
		}
		got, err := uapi.Append([]byte("before"), call, r, len(whole)-1)
		if !errors.Is(err, uapi.ErrTooLarge) || !strings.Contains(string(got), "The result is larger than a reply may be (W15)") {
			t.Errorf("API %d, beyond the bound: %s, %v", api, got, err)
		}
	}
}
