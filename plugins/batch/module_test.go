package batch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"liveapi.host/plugins/batch"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// mail is a module that a batch can call. It records its calls.
type mail struct {
	mu    sync.Mutex
	calls []string
}

func (m *mail) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, fmt.Sprintf(format, args...))
}

func (m *mail) seen() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.calls, " ")
}

type box struct {
	Name string `json:"name" doc:"Its name." required:"true"`
	Size int    `json:"size" doc:"Its size."`
}

type row struct {
	Name string `json:"name" doc:"Its name."`
}

func (m *mail) module() *sdk.Module {
	return &sdk.Module{Name: "Mail", Doc: "Boxes.", Version: "1", Functions: []sdk.Function{
		sdk.Func("add", "Adds a box.", func(_ context.Context, call *sdk.Call, in box) (sdk.None, error) {
			m.note("add %s %d", in.Name, in.Size)
			call.Warn("%s is small", in.Name)
			return sdk.None{}, nil
		}),
		sdk.Func("list", "Lists boxes.", func(_ context.Context, call *sdk.Call, _ sdk.None) ([]row, error) {
			m.note("list")
			call.Metadata("answered", "yes")
			return []row{{"a <b>"}}, nil
		}),
		sdk.Func("say_no", "Fails.", func(context.Context, *sdk.Call, sdk.None) (*row, error) {
			m.note("say_no")
			return &row{"half"}, sdk.Errorf(sdk.Failed, "The box “x” exists.")
		}),
		sdk.Func("fault", "Breaks.", func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) {
			return sdk.None{}, errors.New("the disk is full of secrets")
		}),
		sdk.Func("others", "Calls a batch.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
			r, err := call.Invoke(ctx, "Batch", "strict", map[string]any{"command": `["Mail","others"]`})
			if err == nil && r.Status != 1 {
				err = sdk.Errorf(sdk.Failed, "%s", r.Errors[0])
			}
			return sdk.None{}, err
		}),
	}}
}

func newHost(t testing.TB) (*sdktest.Host, *mail) {
	m := new(mail)
	return sdktest.New(t, batch.New(), sdktest.WithModules(m.module())), m
}

func TestMain(m *testing.M) { sdktest.Main(m, batch.New(), new(mail).module()) }

const (
	added  = `{"data":null,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":["bob is small"]}`
	listed = `{"data":[{"name":"a \u003cb\u003e"}],"errors":null,"messages":null,"metadata":{"answered":"yes","transformed":1},"status":1,"warnings":null}`
	no     = `{"data":{"name":"half"},"errors":["The box “x” exists."],"messages":null,"metadata":{},"status":0,"warnings":null}`
)

// Every way to write the same two commands returns the same results, byte for byte.
func TestUSection8CommandForms(t *testing.T) {
	const add, list = `["Mail","add",{"name":"bob","size":"7"}]`, `["Mail","list"]`
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for name, args := range map[string]string{
		"texts from 0":           `{"command-0":` + quoted(add) + `,"command-1":` + quoted(list) + `}`,
		"texts from 1, reversed": `{"command-2":` + quoted(list) + `,"command-1":` + quoted(add) + `}`,
		"command, command-1":     `{"command":` + quoted(add) + `,"command-1":` + quoted(list) + `}`,
		"gaps":                   `{"command-3":` + quoted(add) + `,"command-12":` + quoted(list) + `}`,
		"nested":                 `{"command-0":` + add + `,"command-1":` + list + `}`,
		"a list of arrays":       `{"command":[` + add + `,` + list + `]}`,
		"a list of texts":        `{"command":[` + quoted(add) + `,` + quoted(list) + `]}`,
		"a list in a text":       `{"command":` + quoted("\n[ "+add+" , "+list+" ] ") + `}`,
		"a list and one":         `{"command-0":[` + add + `],"command-1":` + list + `}`,
		"no arguments by [] ":    `{"command-0":` + add + `,"command-1":["Mail","list",[]]}`,
		"no arguments by null":   `{"command-0":` + add + `,"command-1":["Mail","list",null]}`,
		"a number is taken":      `{"command-0":["Mail","add",{"name":"bob","size":7}],"command-1":` + list + `}`,
	} {
		h, m := newHost(t)
		if r := h.CallJSON("strict", args).OK(); r.Text() != "["+added+","+listed+"]" {
			t.Errorf("%s: data %s", name, r.Text())
		}
		if m.seen() != "add bob 7 list" {
			t.Errorf("%s: executed %s", name, m.seen())
		}
	}
}

func TestUSection8StopsAtTheFirstFailure(t *testing.T) {
	h, m := newHost(t)
	r := h.Call("strict", sdktest.Args{"command-0": `["Mail","list"]`, "command-1": `["Mail","say_no"]`, "command-2": `["Mail","list"]`})
	r.Fails("Command 2 (Mail::say_no) failed: The box “x” exists.")
	if r.Text() != "["+listed+","+no+"]" { // U3: data beside the failure
		t.Errorf("data %s", r.Text())
	}
	if m.seen() != "list say_no" {
		t.Errorf("executed %s", m.seen())
	}
}

// An error of the host about a command is an error of that command (U §4).
func TestUSection8FailuresOfTheHost(t *testing.T) {
	for command, want := range map[string]string{
		`["Mail","none"]`:           "Command 1 (Mail::none) failed: The system could not find the function “none” in the module “Mail”.",
		`["Mail","add"]`:            "Command 1 (Mail::add) failed: The parameter “name” is required.",
		`["Mail","add",{"size":1}]`: "Command 1 (Mail::add) failed: The parameter “name” is required.",
	} {
		h, _ := newHost(t)
		h.Call("strict", sdktest.Args{"command": command}).Fails(want)
	}
	h, _ := newHost(t)
	r := h.Call("strict", sdktest.Args{"command": `["Nothing","at_all"]`})
	if len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], "Command 1 (Nothing::at_all) failed: Failed to load module “Nothing”: Can't locate Cpanel/API/Nothing.pm in @INC") {
		t.Errorf("errors %q", r.Errors)
	}
	r = h.Call("strict", sdktest.Args{"command": `["Mail","fault"]`})
	if len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], "Command 1 (Mail::fault) failed: An internal error occurred (id ") {
		t.Errorf("errors %q", r.Errors)
	}
}

// When one command is broken, no command runs.
func TestUSection8ChecksAllBeforeTheFirst(t *testing.T) {
	const form = `a JSON array ["Module","function",{…}] of 2 or 3 items is allowed; nothing was executed.`
	broken := func(what string) string {
		return "The parameter “command” has a broken command 2 (" + what + "): " + form
	}
	for command, want := range map[string]string{
		`["Mail"]`:                       broken("it has 1 items"),
		`["Mail","list",{},1]`:           broken("it has 4 items"),
		`{"module":"Mail"}`:              broken("it is not a JSON array"),
		`7`:                              broken("it is not a JSON array"),
		`null`:                           broken("it is not a JSON array"),
		`["mail","list"]`:                broken("its first item is not a module's name"),
		`[1,"list"]`:                     broken("its first item is not a module's name"),
		`["Mail\n","list"]`:              broken("its first item is not a module's name"),
		`["Mail",""]`:                    broken("its second item is not a function's name"),
		`["Mail","li-st"]`:               broken("its second item is not a function's name"),
		`["Mail","list",7]`:              broken("its third item is not an object of names and values that a call can have: W14"),
		`["Mail","list",["a"]]`:          broken("its third item is not an object of names and values that a call can have: W14"),
		`["Mail","list",{"a":1,"a":2}]`:  broken("its third item is not an object of names and values that a call can have: W14"),
		`["Mail","list",{"a":"\ud800"}]`: broken("its third item is not an object of names and values that a call can have: W14"),
		`["Batch","strict",{"command":["A","b"]}]`: broken("a batch inside a batch"),
		`["Batch","strict"]`:                       broken("a batch inside a batch"),
		`["Mail","list"`:                           "The parameter “command” (entry 2) is not JSON: " + form,
		``:                                         "The parameter “command” (entry 2) is empty: " + form,
		`[["Mail","list"],"list"]`:                 "The parameter “command” has a broken command 3 (it is not a JSON array): " + form,
	} {
		h, m := newHost(t)
		h.Call("strict", sdktest.Args{"command-0": `["Mail","list"]`, "command-1": command}).Fails(want)
		if m.seen() != "" {
			t.Errorf("%s: executed %s", command, m.seen())
		}
	}
}

func TestUSection8NumberOfCommands(t *testing.T) {
	h, m := newHost(t)
	h.Call("strict", nil).Fails("The parameter “command” is required.")
	h.CallJSON("strict", `{"command":[]}`).Fails(`The parameter “command” is an empty list: a JSON array ["Module","function",{…}] of 2 or 3 items is allowed, once for each command.`)
	many := func(n int) string {
		return `{"command":[` + strings.TrimSuffix(strings.Repeat(`["Mail","list"],`, n), ",") + `]}`
	}
	h.CallJSON("strict", many(batch.MaxCommands+1)).Fails("The parameter “command” has 101 commands: at most 100 are allowed; nothing was executed.")
	if m.seen() != "" {
		t.Errorf("executed %s", m.seen())
	}
	var cores []json.RawMessage
	h.CallJSON("strict", many(batch.MaxCommands)).Decode(&cores)
	if len(cores) != batch.MaxCommands {
		t.Errorf("%d cores", len(cores))
	}
}

// The host bounds a batch that another module calls, and the error says so.
func TestUSection8BatchThroughAnotherModule(t *testing.T) {
	h, _ := newHost(t)
	r := h.Call("strict", sdktest.Args{"command": `["Mail","others"]`})
	if len(r.Errors) != 1 || !strings.Contains(r.Errors[0], "nested more than 8 deep") {
		t.Errorf("errors %q", r.Errors)
	}
}

func TestUSection8OverThePipe(t *testing.T) {
	h := sdktest.Pipe(t, batch.New(), sdktest.WithModules(new(mail).module()))
	r := h.Call("strict", sdktest.Args{"command-0": `["Mail","add",{"name":"bob"}]`, "command-1": `["Mail","say_no"]`})
	r.Fails("Command 2 (Mail::say_no) failed: The box “x” exists.")
	if r.Text() != "["+added+","+no+"]" {
		t.Errorf("data %s", r.Text())
	}
}

// A demo account may send a batch: the host checks each command.
func TestDemoMay(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, batch.New())
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil || len(manifests) != 1 {
		t.Fatalf("%d manifests, %v", len(manifests), err)
	}
	for _, f := range manifests[0].Functions {
		if !f.AllowDemo {
			t.Errorf("%s is refused to demo accounts", f.Name)
		}
	}
}
