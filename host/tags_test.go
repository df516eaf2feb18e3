package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"liveapi.host/host/door/session"
	"liveapi.host/host/redact"
	"liveapi.host/protocol"
)

// directory is a source of accounts that a test can change.
type directory map[string]*protocol.Account

func (d directory) Account(_ context.Context, name string) (*protocol.Account, error) {
	switch a, known := d[name]; {
	case !known:
		return nil, protocol.ErrNotFound
	case a == nil:
		return nil, &protocol.Error{Code: protocol.CodeUnavailable, Text: "the account's file cannot be read; ask the administrator to fix it", Err: errors.New("line 7")}
	default:
		return a, nil
	}
}

// dictionary is a source of texts.
type dictionary map[string]string

func (d dictionary) Text(locale, key string) (string, bool) {
	text, ok := d[locale+" "+key]
	return text, ok
}

// mail serves the functions of API 1 and API 2 that the golden conversations call.
type mail struct{}

func (mail) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{
		{Module: "Email", Doc: "d", Functions: []protocol.Function{
			{Name: "listpops", Doc: "d", API: protocol.API1, AllowDemo: true},
			{Name: "listpops", Doc: "d", API: protocol.API2, AllowDemo: true},
			{Name: "gated", Doc: "d", API: protocol.UAPI, NeedsFeature: "mail", AllowDemo: true},
			{Name: "change", Doc: "d", API: protocol.UAPI},
			{Name: "whose", Doc: "d", API: protocol.UAPI, AllowDemo: true},
			{Name: "rows", Doc: "d", API: protocol.UAPI, AllowDemo: true},
		}},
		{Module: "Park", Doc: "d", Functions: []protocol.Function{
			{Name: "listparkeddomains", Doc: "d", API: protocol.API2, AllowDemo: true},
			{Name: "park", Doc: "d", API: protocol.API2},
		}},
	}, nil
}

func (mail) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	ok := func(data string) (*protocol.Result, error) {
		return &protocol.Result{Status: 1, Data: json.RawMessage(data)}, nil
	}
	switch {
	case call.API == protocol.API1:
		var list []string
		if err := json.Unmarshal(call.Args, &list); err != nil {
			return protocol.Failed("A list of texts is needed."), nil
		}
		return ok(`"` + map[int]string{1: "one", 2: "two", 3: "three"}[len(list)] + `"`)
	case call.Function == "park":
		return protocol.Failed("No domain was given."), nil
	case call.Function == "listparkeddomains":
		return ok(`[{"domain":"example.com"}]`)
	case call.Function == "whose":
		account, err := call.Host.Account(ctx, "")
		if err != nil {
			return nil, err
		}
		return ok(`"` + account.Name + " " + account.Home + `"`)
	case call.Function == "change":
		return ok(`"changed"`)
	}
	return ok(`[{"box":"a","size":3},{"box":"b","size":1},{"box":"c","size":2}]`)
}

func alice() *protocol.Account {
	return &protocol.Account{
		Name: "alice", UID: 1000, GID: 1000, Home: "/home/alice",
		Domains:  []protocol.Domain{{Name: "example.com", Kind: protocol.MainDomain, Root: "/home/alice/public_html"}},
		Features: protocol.Features{Except: []string{"fileman"}}, Locale: "de", Theme: "plain",
		Contact: []string{"alice@example.com"},
	}
}

// asAlice makes every session one of alice, with the modules of the golden
// conversations.
func asAlice(s *setup) {
	s.Account = "alice"
	s.Builtin = append(s.Builtin, mail{})
	s.Accounts = directory{"alice": alice()}
	s.Texts = dictionary{"de Goodbye": "Auf Wiedersehen"}
}

func printAction(text string) string {
	return action(`{"module":"print","func":"","apiversion":"1","args":` + quoted(text) + `}`)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestTagsNeedTheAccount: tags that need the account fail when it cannot be read
// (U §9).
func TestTagsNeedTheAccount(t *testing.T) {
	f := serve(t, asAlice, func(s *setup) { s.Accounts = directory{"alice": nil} })
	c := f.dial(t)
	contains(t, "user", c.ask(printAction("$user")), `"result":"alice"`, `"event":{"result":1}`)
	for name, reply := range map[string]string{
		"print":   c.ask(printAction("$homedir")),
		"if":      c.ask(action(`{"module":"if","reqtype":"if","func":"if","apiversion":"1","args":"!$isreseller"}`)),
		"feature": c.ask(action(`{"module":"feature","reqtype":"feature","func":"feature","apiversion":"","args":"x"}`)),
		"a call":  c.ask(uapiCallOf("Email", "change", `{}`)),
	} {
		contains(t, name, reply, "the account's file cannot be read; ask the administrator to fix it", "(id ")
		if strings.Contains(reply, "line 7") || strings.Contains(reply, `"result":1`) {
			t.Errorf("%s: %s", name, reply)
		}
	}
	contains(t, "a function for everybody", c.ask(uapiCallOf("Email", "rows", `{}`)), `"status":1`)
}

// TestTagsBounds: the number of variables that a session keeps is bounded, and a
// caller cannot override the host's own variables.
func TestTagsBounds(t *testing.T) {
	f := serve(t, asAlice)
	c := f.dial(t)
	for i := range 64 {
		contains(t, "setvar", c.ask(fmt.Sprintf(`<cpanel setvar="v%d=x">`, i)), `"event":{"result":1}`)
	}
	contains(t, "one more", c.ask(`<cpanel setvar="v64=x">`), `"event":{"result":0}`, "already has 64 variables, which is the limit")
	contains(t, "one set again", c.ask(`<cpanel setvar="v63=y">`), `"event":{"result":1}`)
	contains(t, "both", c.ask(printAction("$v63 $v64.")), `"result":"y ."`)
	for _, name := range []string{"user", "hostname", "homedir", "isreseller", "lang", "theme"} {
		f := serve(t, asAlice).dial(t)
		before := f.ask(printAction("$" + name))
		f.ask(`<cpanel setvar="` + name + `=mallory">`)
		if after := f.ask(printAction("$" + name)); after != before {
			t.Errorf("setvar changed the host's own variable %s: %s", name, after)
		}
	}
	other := f.dial(t)
	contains(t, "another session", other.ask(printAction("$v1.")), `"result":"."`)
}

// A module can provide the value of a variable. If it returns no text or an empty
// one, the variable has the administrator's value.
func TestVariablesThatAModuleProvides(t *testing.T) {
	for data, want := range map[string]string{`"dark"`: "dark", `""`: "plain", `7`: "plain"} {
		f := serve(t, asAlice, func(s *setup) { s.Builtin = append(s.Builtin, provider(data)) })
		contains(t, data, f.dial(t).ask(printAction("$theme")), `"result":"`+want+`"`)
	}
}

// provider is a module whose one function provides the theme.
type provider string

func (provider) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: "Looks", Functions: []protocol.Function{
		{Name: "look", API: protocol.API2, Provides: "theme"}, // ignored: only a function of UAPI can provide a variable
		{Name: "theme", Provides: "theme"},
	}}}, nil
}

func (p provider) Invoke(context.Context, *protocol.Call) (*protocol.Result, error) {
	return &protocol.Result{Status: 1, Data: json.RawMessage(p)}, nil
}

// TestUSection4Gates: the host enforces what a function's manifest demands before the
// module gets the call.
func TestUSection4Gates(t *testing.T) {
	account := alice()
	f := serve(t, asAlice, func(s *setup) { s.Accounts = directory{"alice": account} })
	c := f.dial(t)
	contains(t, "feature on", c.ask(uapiCallOf("Email", "gated", `{}`)), `"status":1`)
	f = serve(t, asAlice, func(s *setup) {
		account := alice()
		account.Features = protocol.Features{Only: []string{}}
		s.Accounts = directory{"alice": account}
	})
	contains(t, "feature off", f.dial(t).ask(uapiCallOf("Email", "gated", `{}`)), `"data":null,"errors":["You do not have the feature “mail”."]`, `"status":0`)

	demo := alice()
	demo.Demo = true
	f = serve(t, asAlice, func(s *setup) { s.Accounts = directory{"alice": demo} })
	c = f.dial(t)
	contains(t, "demo", c.ask(uapiCallOf("Email", "change", `{}`)), `"errors":["This feature is not available in demo mode."]`, `"status":0`)
	contains(t, "demo, reading", c.ask(uapiCallOf("Email", "gated", `{}`)), `"status":1`)
	contains(t, "demo, API 2", c.ask(action(`{"module":"Park","func":"park","apiversion":2}`)), `"error":"This feature is not available in demo mode."`, `"event":{"result":0}`)
	contains(t, "demo, nested", c.ask(uapiCallOf("Echo", "nest", `{"Module":"Email","Function":"change"}`)), `not available in demo mode`)
}

func uapiCallOf(module, function, args string) string {
	return action(`{"module":"` + module + `","func":"` + function + `","apiversion":"uapi","args":` + args + `}`)
}

var _ session.Texts = dictionary{}

// A variable of a caller may be a secret, so no trace shows its value.
func TestTagsInTheTrace(t *testing.T) {
	f := serve(t, asAlice, func(s *setup) { s.Wire = redact.NewTrace(s.Log) })
	c := f.dial(t)
	contains(t, "print", c.ask(printAction("$homedir")), "/home/alice")
	contains(t, "setvar", c.ask(`<cpanel setvar="note=CaNaRy-77">`), "CaNaRy-77")
	contains(t, "print", c.ask(printAction("$note")), "CaNaRy-77")
	contains(t, "if", c.ask(action(`{"module":"if","reqtype":"if","func":"if","apiversion":"1","args":"$note==CaNaRy-77"}`)), `"result":1`)
	f.log.await(t, "bytes=")
	if log := f.log.String(); strings.Contains(log, "CaNaRy-77") {
		t.Errorf("the trace shows a variable:\n%s", log)
	}
}

// TestTagsLastError: $CPERROR is the last error of a module in this session, until it succeeds (U §9).
func TestTagsLastError(t *testing.T) {
	f := serve(t, asAlice)
	c := f.dial(t)
	failed := func() string { return c.ask(printAction("$CPERROR{'Email'}.")) }
	contains(t, "before", failed(), `"result":"."`)
	c.ask(uapiCallOf("Email", "nothing", `{}`))
	contains(t, "after a failure", failed(), `could not find the function “nothing” in the module “Email”..`)
	c.ask(uapiCallOf("Echo", "fail", `{}`))
	contains(t, "after another's", failed(), `could not find the function “nothing”`)
	c.ask(uapiCallOf("Email", "change", `{}`))
	contains(t, "after a success", failed(), `"result":"."`)
	contains(t, "of another session", f.dial(t).ask(printAction("$CPERROR{'echo'}.")), `"result":"."`)
}

// A variable that a caller has set has no keys.
func TestTagsSetvarHasNoKeys(t *testing.T) {
	c := serve(t, asAlice).dial(t)
	c.ask(`<cpanel setvar="CPDATA=x">`)
	contains(t, "keyed", c.ask(printAction("$CPDATA{'NOTHING'}.")), `"result":"."`)
	contains(t, "plain", c.ask(printAction("$CPDATA.")), `"result":"x."`)
}

// A module can read the account that calls, and no other.
func TestModulesKnowTheAccount(t *testing.T) {
	contains(t, "alice", serve(t, asAlice).dial(t).ask(uapiCallOf("Email", "whose", `{}`)), `"data":"alice /home/alice"`)
	f := serve(t, asAlice, func(s *setup) { s.Accounts = nil })
	contains(t, "no source", f.dial(t).ask(uapiCallOf("Email", "whose", `{}`)), `"data":"alice "`)
	f = serve(t, asAlice, func(s *setup) { s.Accounts = directory{} })
	contains(t, "not in the source", f.dial(t).ask(uapiCallOf("Email", "whose", `{}`)), `"data":"alice "`)
}

// The features are those that the configuration names and those that functions need.
func TestFeaturesThatAreKnown(t *testing.T) {
	f := serve(t, asAlice, func(s *setup) { s.Features = map[string]string{"ssl": "Certificates", "mail": "Mail"} })
	contains(t, "both", f.dial(t).ask(uapiCallOf("LiveAPI", "features", `{}`)), `"data":[{"id":"mail","name":"Mail"},{"id":"ssl","name":"Certificates"}]`)
	contains(t, "by need", serve(t, asAlice).dial(t).ask(uapiCallOf("LiveAPI", "features", `{}`)), `"data":[{"id":"mail","name":"mail"}]`)
}
