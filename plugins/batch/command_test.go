package batch

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"liveapi.host/sdk"
)

// For any input: either a host accepts every command, and each reads the same when it
// is written again, or there is an error text for the caller.
func FuzzUSection8Parse(f *testing.F) {
	for _, seed := range []string{
		`["Email","add_pop",{"email":"a"}]`, `["A","b"]`, `"[\"A\",\"b\"]"`, `[["A","b"],["C","d",null]]`, `["[\"A\",\"b\"]"]`,
		`[]`, `[[]]`, `[[["A","b"]]]`, `["Batch","strict"]`, `["cAbc","d",[]]`, `["A","b",{"a":1,"a":2}]`, `["A","b",{"a":"\ud800"}]`,
		`null`, `7`, `{}`, `""`, `" [\"A\",\"b\"]"`, `["A","b",` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `]`,
		"[" + strings.Repeat(`["A","b"],`, MaxCommands) + `["A","b"]]`,
	} {
		f.Add(seed)
	}
	p := newParser()
	f.Fuzz(func(t *testing.T, entry string) {
		if !json.Valid([]byte(entry)) { // the SDK has refused it
			return
		}
		commands, err := p.parse([]json.RawMessage{json.RawMessage(entry)})
		if err != nil {
			if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.Invalid || commands != nil ||
				!strings.Contains(e.Text, "“command”") {
				t.Fatalf("%v, %v", commands, err)
			}
			return
		}
		if len(commands) == 0 || len(commands) > MaxCommands {
			t.Fatalf("%d commands", len(commands))
		}
		var again []json.RawMessage
		for _, c := range commands {
			if c.module == moduleName || sdk.CheckArgs(c.args) != nil {
				t.Fatalf("%v may run with %s", c, c.args)
			}
			items := []any{c.module, c.function}
			if c.args != nil {
				items = append(items, c.args)
			}
			raw, err := json.Marshal(items)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, raw)
		}
		second, err := p.parse(again)
		if err != nil || !slices.EqualFunc(commands, second, func(a, b command) bool { return a.String() == b.String() }) {
			t.Fatalf("%v\nagain %v, %v", commands, second, err)
		}
	})
}
