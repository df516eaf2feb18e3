package host_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"liveapi.host/protocol"
)

// TestU10U14ModifiersOnTheWire: the host modifies any module's result, and an invalid
// modifier prevents the function from running. Package uapi tests each modifier.
func TestU10U14ModifiersOnTheWire(t *testing.T) {
	f := serve(t, asAlice)
	c := f.dial(t)
	rows := func(args string) string { return c.ask(uapiCallOf("Email", "rows", args)) }
	contains(t, "U10, U11, U12, U13", rows(`{"api.filter_column":"size","api.filter_type":"lt","api.filter_term":3,"api.sort_column":"size","api.sort_method":"numeric","api.paginate":1,"api.paginate_size":1,"api.paginate_start":2,"api.columns":1,"api.columns_0":"box"}`),
		`"data":[{"box":"c"}]`, `"filter":{"records_before_filter":3}`, `"records_before_filter":3`, `"transformed":1`,
		`"paginate":{"current_page":2,"results_per_page":1,"start_result":2,"total_pages":2,"total_results":2}`)
	contains(t, "U14, unknown", rows(`{"api.analytics":"{}","api.normalize":1}`), `"metadata":{"transformed":1},"status":1,"warnings":null`)
	contains(t, "no rows", c.ask(uapiCall("list", `{"api.sort_column":"a"}`)), `"data":[1,2,3]`, `"warnings":["The output modifiers were ignored`)
	contains(t, "by an escaped name", rows(`{"\u0061pi.columns_a":"size"}`), `"data":[{"size":3},{"size":1},{"size":2}]`)
	contains(t, "U15", c.ask(action(`{"module":"Email","func":"listpops","apiversion":2,"args":{"api2_paginate_start":1,"api2_paginate_size":2}}`)),
		`{"cpanelresult":{"apiversion":2,"data":[{"box":"a","size":3},{"box":"b","size":1}],`, `"paginate":{"current_page":1,"results_per_page":2,"start_result":1,"total_pages":2,"total_results":3}`)
	contains(t, "nested", c.ask(uapiCall("nest", `{"Module":"Email","Function":"rows","Args":{"api.paginate_size":"1"}}`)), `"data":[{"box":"a","size":3}]`)

	before := c.ask(uapiCall("recall", `{}`))
	contains(t, "U14, bad", c.ask(uapiCall("remember", `{"api.sort_method":"random","api.sort_column":"a"}`)), `"status":0`, "api.sort_method", "random", "lexicographic")
	if after := c.ask(uapiCall("recall", `{}`)); after != before || !strings.Contains(after, `"nothing"`) {
		t.Errorf("a call with an invalid modifier had an effect: %s", after)
	}
}

// table is a module with one function, which calls after and returns data.
type table struct {
	data  string
	after func()
}

func (*table) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: "Table", Doc: "d", Functions: []protocol.Function{{Name: "rows", Doc: "d", AllowDemo: true}}}}, nil
}

func (m *table) Invoke(context.Context, *protocol.Call) (*protocol.Result, error) {
	m.after()
	return &protocol.Result{Status: 1, Data: json.RawMessage(m.data)}, nil
}

// TestU11BoundsOnTheWire: too many rows to sort, or a deadline that passes while they
// are sorted, gives an error that says so.
func TestU11BoundsOnTheWire(t *testing.T) {
	rows := "[" + strings.Repeat("{},", 300_000) + "{}]"
	m := &table{data: rows, after: func() {}}
	f := serve(t, func(s *setup) { s.Builtin = append(s.Builtin, m) })
	by := `{"api.sort_column_0":"a","api.sort_column_1":"b","api.sort_column_2":"c","api.sort_column_3":"d","api.sort_column_4":"e","api.sort_column_5":"f","api.sort_column_6":"g"}`
	contains(t, "too many", f.dial(t).ask(uapiCallOf("Table", "rows", by)), `"status":0`, "too many rows to sort, more than ", "filter them, or sort by fewer columns")

	call := f.newCall("Table", "rows")
	call.Args = json.RawMessage(by)
	m.after = func() { call.Deadline = time.Now() } // the function used all the time
	result, err := f.host.Invoke(t.Context(), call)
	if err != nil || result.Status != 0 || !strings.Contains(result.Errors[0], "deadline passed while its rows were filtered") {
		t.Errorf("too late: %+v, %v", result, err)
	}
}
