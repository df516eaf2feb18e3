package call_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// tinyDoor is a second door. It proves that a door needs only four steps:
// authenticate, NewCall, Invoke, Append. It believes the account in a header and
// takes the path of UAPI over HTTP; a real HTTP door needs real authentication.
func tinyDoor(host *call.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account := r.Header.Get("Account")
		if account == "" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		c := host.NewCall(call.Caller{Account: account, Origin: "a test"})
		module, function, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/execute/"), "/")
		args, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c.Module, c.Function, c.API, c.Args = module, function, protocol.UAPI, args
		result, _ := host.Invoke(r.Context(), c)
		body, err := uapi.Append(nil, c, result, 0)
		if err != nil {
			hclog.Default().Error("a result cannot be sent", "call", c.ID.String(), "error", err)
		}
		w.Write(body)
	}
}

// greeter is a module with one function for each case that the core handles, so
// that a door need not.
type greeter struct{}

func (greeter) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: "Greeter", Functions: []protocol.Function{
		{Name: "broken"},
		{Name: "gated", NeedsFeature: "greetings"},
		{Name: "greet", AllowDemo: true},
		{Name: "panic"},
		{Name: "rows", AllowDemo: true},
	}}}, nil
}

func (greeter) Invoke(_ context.Context, c *protocol.Call) (*protocol.Result, error) {
	switch c.Function {
	case "broken":
		return &protocol.Result{Status: 1, Data: json.RawMessage(`{"half":`)}, nil
	case "panic":
		panic("a bug in a module")
	case "rows":
		return &protocol.Result{Status: 1, Data: json.RawMessage(`[{"n":1},{"n":2},{"n":3}]`)}, nil
	}
	return &protocol.Result{Status: 1, Data: json.RawMessage(`"hello ` + c.Account + `"`)}, nil
}

// known is a source of accounts: bob is a demo account without the feature greetings.
type known struct{}

func (known) Account(_ context.Context, name string) (*protocol.Account, error) {
	a := &protocol.Account{Name: name}
	if name == "bob" {
		a.Demo, a.Features = true, protocol.Features{Except: []string{"greetings"}}
	}
	return a, nil
}

// Gates, modifiers and error texts of the core work through any door.
func TestU5ATinyDoorHasEverythingThatStandsBelowIt(t *testing.T) {
	host, err := call.New(call.Config{Builtin: []protocol.Module{greeter{}}, Accounts: known{}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tinyDoor(host))
	defer server.Close()
	for _, c := range []struct{ name, account, path, args, want string }{
		{"a call", "ann", "Greeter/greet", "", `{"apiversion":3,"func":"greet","module":"Greeter","result":{"data":"hello ann","errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}}`},
		{"modifiers", "ann", "Greeter/rows", `{"api.filter_column":"n","api.filter_type":"gt","api.filter_term":"2"}`, `"data":[{"n":3}]`},
		{"a bad modifier", "ann", "Greeter/rows", `{"api.paginate":"1","api.paginate_size":"many"}`, `The parameter “api.paginate_size”`},
		{"a feature that is off", "bob", "Greeter/gated", "", `This feature is not available in demo mode.`},
		{"a demo account", "bob", "Greeter/greet", "", `"data":"hello bob"`},
		{"no module", "ann", "Nobody/greet", "", `Failed to load module “Nobody”: Can't locate Cpanel/API/Nobody.pm in @INC`},
		{"no function", "ann", "Greeter/bow", "", `The system could not find the function “bow” in the module “Greeter”.`},
		{"an invalid result", "ann", "Greeter/broken", "", `"errors":["An internal error occurred (id `},
		{"a panic", "ann", "Greeter/panic", "", `"errors":["An internal error occurred (id `},
		{"the host itself", "ann", "LiveAPI/version", "", `"status":1`},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/execute/"+c.path, strings.NewReader(c.args))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Account", c.account)
		reply, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		if err != nil || !json.Valid(body) || !strings.Contains(string(body), c.want) {
			t.Errorf("%s: %s, %v; want %s", c.name, body, err, c.want)
		}
	}
}
