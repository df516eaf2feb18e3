package reference_test

import (
	"context"
	"encoding/json"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// The schemas accept all valid replies, and nothing else.
func TestU1SchemasTakeReplies(t *testing.T) {
	c := openAPI(t, shop())
	row := `{"name":"hat","price":9.5,"sold":0,"tags":["new"],"sizes":{"S":2},"maker":{"name":"M"},"extra":[1,{}]}`
	for name, test := range map[string]struct {
		function string
		result   *protocol.Result
	}{
		"an object":               {"add", &protocol.Result{Status: 1, Data: json.RawMessage(row)}},
		"members that are null":   {"add", &protocol.Result{Status: 1, Data: json.RawMessage(`{"name":null,"price":null,"sold":null,"tags":null,"sizes":null,"maker":null,"extra":null}`)}},
		"members that are gone":   {"add", &protocol.Result{Status: 1, Data: json.RawMessage(`{}`)}},
		"rows":                    {"list", &protocol.Result{Status: 1, Data: json.RawMessage(`[` + row + `,` + row + `]`)}},
		"no rows":                 {"list", &protocol.Result{Status: 1, Data: json.RawMessage(`[]`)}},
		"null for rows":           {"list", &protocol.Result{Status: 1}},
		"a map":                   {"prices", &protocol.Result{Status: 1, Data: json.RawMessage(`{"hat":1,"glove":2.5}`)}},
		"null":                    {"tag", &protocol.Result{Status: 1}},
		"texts":                   {"tag", &protocol.Result{Status: 1, Messages: []string{"m"}, Warnings: []string{"w"}}},
		"U §13 one failure":       {"add", protocol.Failed(uapi.UnknownFunction("test", "Email"))},
		"U §13 with data":         {"add", &protocol.Result{Errors: []string{"e"}, Data: json.RawMessage(`{"failed":0,"uploads":[]}`)}},
		"U3 failure without text": {"add", &protocol.Result{}},
		"metadata of a module":    {"add", &protocol.Result{Status: 1, Data: json.RawMessage(`{}`), Metadata: map[string]json.RawMessage{"own": json.RawMessage(`"x"`)}}},
	} {
		if why := c.refuses(t, "Shop", test.function, 200, core(t, test.result)); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestU1SchemasRefuseWhatIsNoReply(t *testing.T) {
	c := openAPI(t, shop())
	const rest = `"messages":null,"metadata":{},"status":1,"warnings":null}`
	for name, test := range map[string]struct {
		function, reply string
	}{
		"a boolean for a flag (U2)":   {"add", `{"data":{"sold":true},"errors":null,` + rest},
		"another flag (U2)":           {"add", `{"data":{"sold":2},"errors":null,` + rest},
		"a text for a number":         {"add", `{"data":{"price":"1"},"errors":null,` + rest},
		"a number for a text":         {"add", `{"data":{"name":1},"errors":null,` + rest},
		"a text in a map of numbers":  {"prices", `{"data":{"hat":"1"},"errors":null,` + rest},
		"an object for rows":          {"list", `{"data":{},"errors":null,` + rest},
		"rows of texts":               {"list", `{"data":["a"],"errors":null,` + rest},
		"a wrong member of a member":  {"list", `{"data":[{"maker":{"name":0}}],"errors":null,` + rest},
		"data where there is none":    {"tag", `{"data":1,"errors":null,` + rest},
		"no data":                     {"tag", `{"errors":null,` + rest},
		"empty errors (U1)":           {"tag", `{"data":null,"errors":[],` + rest},
		"errors that are a text (U1)": {"tag", `{"data":null,"errors":"e",` + rest},
		"a failure without errors":    {"tag", `{"data":null,"errors":null,"messages":null,"metadata":{},"status":0,"warnings":null}`},
		"a status of 2":               {"tag", `{"data":null,"errors":["e"],"messages":null,"metadata":{},"status":2,"warnings":null}`},
		"a status as text":            {"tag", `{"data":null,"errors":null,"messages":null,"metadata":{},"status":"1","warnings":null}`},
		"metadata null":               {"tag", `{"data":null,"errors":null,"messages":null,"metadata":null,"status":1,"warnings":null}`},
		"an envelope (U5)":            {"tag", `{"result":{"data":null,"errors":null,` + rest + `}`},
	} {
		if c.refuses(t, "Shop", test.function, 200, []byte(test.reply)) == "" {
			t.Errorf("%s is accepted: %s", name, test.reply)
		}
	}
}

// The body of 401 and 403 conforms to U6. That the host sends it must be tested in
// the HTTP door.
func TestSchemasOfDenials(t *testing.T) {
	c := openAPI(t, shop())
	const denied = `{"cpanelresult":{"apiversion":"2","data":{"reason":"Access denied","result":"0"},"error":"Access denied","type":"text"}}`
	for _, status := range []int{401, 403} {
		if why := c.refuses(t, "Shop", "add", status, []byte(denied)); why != "" {
			t.Errorf("%d: %s", status, why)
		}
		if c.refuses(t, "Shop", "add", status, []byte(`{"cpanelresult":{}}`)) == "" {
			t.Errorf("%d: a body without the members is accepted", status)
		}
	}
}

// The rows that output modifiers leave, and the metadata that they add, conform to
// the schemas.
func TestU10U12U13SchemasTakeModifiedReplies(t *testing.T) {
	c := openAPI(t, shop())
	rows := &protocol.Result{Status: 1, Data: json.RawMessage(`[{"name":"hat","price":2,"sold":0},{"name":"glove","price":1,"sold":1}]`)}
	for _, args := range []string{
		`{"api.filter_column":"name","api.filter_term":"hat"}`, `{"api.filter_column":"name","api.filter_term":"none"}`,
		`{"api.paginate":1,"api.paginate_size":1}`, `{"api.paginate_start":-1}`, `{"api.columns_a":"price"}`, `{"api.columns_a":"nosuch"}`,
	} {
		decoded, err := uapi.DecodeArgs(json.RawMessage(args))
		if err != nil {
			t.Fatal(err)
		}
		m, err := uapi.DecodeModifiers(protocol.UAPI, decoded)
		if err != nil || m == nil {
			t.Fatal(args, err)
		}
		out, err := m.Apply(context.Background(), rows)
		if err != nil {
			t.Fatal(err)
		}
		if why := c.refuses(t, "Shop", "list", 200, core(t, out)); why != "" {
			t.Errorf("%s: %s", args, why)
		}
	}
}

// The document has exactly the filter types and sort methods that the host has.
func TestU10U11ModifiersOfTheDocument(t *testing.T) {
	c := openAPI(t, shop())
	for name, with := range map[string]string{
		"api.filter_type": `"api.filter_column":"a","api.filter_term":"1"`,
		"api.sort_method": `"api.sort_column":"a"`,
	} {
		decode := func(value string) error {
			args, err := uapi.DecodeArgs(json.RawMessage(`{` + with + `,"` + name + `":"` + value + `"}`))
			if err == nil {
				_, err = uapi.DecodeModifiers(protocol.UAPI, args)
			}
			return err
		}
		values := dig[[]any](t, c.document, "components", "parameters", name, "schema", "enum")
		for _, value := range values {
			if err := decode(value.(string)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if decode("nosuch") == nil {
			t.Errorf("%s accepts any value", name)
		}
		if want := map[string]int{"api.filter_type": 12, "api.sort_method": 4}[name]; len(values) != want {
			t.Errorf("%s has %d values, want %d", name, len(values), want)
		}
	}
}

// A required member is never null, but output modifiers may remove it.
func TestU13MembersThatAreAlwaysThere(t *testing.T) {
	data := protocol.Field{Type: protocol.TypeObject, Fields: []protocol.Field{
		{Name: "on", Doc: "On.", Type: protocol.TypeFlag, Required: true},
		{Name: "in", Doc: "In.", Type: protocol.TypeString, List: true, Required: true},
	}}
	rows := data
	rows.List = true
	c := openAPI(t, protocol.Manifest{Module: "M", Doc: "M.", Functions: []protocol.Function{
		{Name: "one", API: protocol.UAPI, Doc: "One.", Returns: data}, {Name: "rows", API: protocol.UAPI, Doc: "Rows.", Returns: rows},
	}})
	for reply, ok := range map[string]bool{
		`{"on":1,"in":[]}`: true, `{"on":1}`: false, `{"in":[]}`: false, `{"on":null,"in":[]}`: false, `{"on":1,"in":null}`: false,
	} {
		body := core(t, &protocol.Result{Status: 1, Data: json.RawMessage(reply)})
		if why := c.refuses(t, "M", "one", 200, body); (why == "") != ok {
			t.Errorf("%s: %q", reply, why)
		}
	}
	for reply, ok := range map[string]bool{`[{"on":1}]`: true, `[{}]`: true, `[{"on":null}]`: false} {
		body := core(t, &protocol.Result{Status: 1, Data: json.RawMessage(reply)})
		if why := c.refuses(t, "M", "rows", 200, body); (why == "") != ok {
			t.Errorf("%s: %q", reply, why)
		}
	}
}
