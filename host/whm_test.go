package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"liveapi.host/host/audit"
	"liveapi.host/protocol"
)

// steward has functions of WHM API 1, and functions of UAPI that read what those set.
type steward struct{}

func (steward) Describe(context.Context) ([]protocol.Manifest, error) {
	text := func(name string, secret protocol.Flag) protocol.Field {
		return protocol.Field{Name: name, Type: protocol.TypeString, Secret: secret, List: name == "user"}
	}
	return []protocol.Manifest{{Module: "Keeper", Functions: []protocol.Function{
		{Name: "keeper_set", API: protocol.WHM1, Params: []protocol.Field{text("user", false), text("note", false), text("password", true)}},
		{Name: "keeper_get", API: protocol.WHM1, ReadOnly: true},
		{Name: "keeper_fail", API: protocol.WHM1},
		{Name: "keeper_list", API: protocol.WHM1},
		{Name: "keeper_whois", API: protocol.WHM1, ReadOnly: true},
		{Name: "whois", API: protocol.UAPI},
		{Name: "note", API: protocol.UAPI},
		{Name: "others", API: protocol.UAPI},
	}}}, nil
}

func (steward) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	key := "/note"
	switch call.Function {
	case "keeper_fail":
		return protocol.Failed("It is Monday.", "And it rains."), nil
	case "keeper_list":
		return &protocol.Result{Status: 1, Data: json.RawMessage(`[1]`)}, nil
	case "keeper_set":
		for _, key := range []string{key, "ann/note"} {
			if _, err := call.Host.Whole().Swap(ctx, key, 0, []byte(`{"of":"`+key+`"}`)); err != nil {
				return nil, err
			}
		}
		return &protocol.Result{Status: 1, Warnings: []string{"one warning"}}, nil
	case "whois", "keeper_whois":
		a, err := call.Host.Account(ctx, "ann")
		if err != nil {
			return nil, err
		}
		return &protocol.Result{Status: 1, Data: json.RawMessage(`{"name":"` + a.Name + `"}`)}, nil
	case "keeper_get", "others":
		key = "ann/note"
	}
	rec, err := call.Host.Whole().Get(ctx, key)
	return &protocol.Result{Status: 1, Data: rec.Value}, err
}

// broken is a store whose writes fail while on is set.
type broken struct {
	protocol.Storage
	on bool
}

func (b *broken) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if b.on {
		return 0, errors.New("the disk has gone")
	}
	return b.Storage.Swap(ctx, key, old, value)
}

// whmHost starts a host with the module steward, whose root account is called root.
func whmHost(t *testing.T) (f *fixture, data *broken) {
	data = &broken{}
	f = serve(t, func(s *setup) {
		s.Builtin = append(s.Builtin, steward{})
		s.Root, s.Accounts = "root", directory{"ann": {Name: "ann"}}
		data.Storage = s.Store
		s.Store = data
	})
	return f, data
}

func whmCall(function, args string) string {
	return action(`{"func":"` + function + `","apiversion":"whm1","args":` + args + `}`)
}

func entries(t *testing.T, data protocol.Storage) (all []audit.Entry) {
	t.Helper()
	if err := audit.Each(t.Context(), data, data, time.Time{},
		func(e audit.Entry, err error) error { all = append(all, e); return err }); err != nil {
		t.Fatal(err)
	}
	return all
}

// U §7: the envelope of WHM API 1, with the reason of a failure.
func TestWHMEnvelope(t *testing.T) {
	f, _ := whmHost(t)
	root := f.session(t, "root")
	for _, c := range []struct{ function, want string }{
		{"keeper_set", `{"data":{},"metadata":{"command":"keeper_set","output":{"messages":null,"warnings":["one warning"]},"reason":"OK","result":1,"version":1}}`},
		{"keeper_get", `{"data":{"of":"ann/note"},"metadata":{"command":"keeper_get","reason":"OK","result":1,"version":1}}`},
		{"keeper_fail", `{"data":{},"metadata":{"command":"keeper_fail","reason":"It is Monday.\nAnd it rains.","result":0,"version":1}}`},
		{"note", `{"data":{},"metadata":{"command":"note","reason":"No module of this host has the function “note” of WHM API 1. Check the spelling, or ask for the list with whmapi1.","result":0,"version":1}}`},
	} {
		if got := root.ask(whmCall(c.function, "{}")); !strings.Contains(got, "<cpanelresult>"+c.want+"</cpanelresult>") {
			t.Errorf("%s: %s, want %s", c.function, got, c.want)
		}
	}
	contains(t, "a list", root.ask(whmCall("keeper_list", "{}")), "An internal error occurred")
	contains(t, "a module", root.ask(action(`{"module":"Keeper","func":"keeper_get","apiversion":"whm1"}`)), "leave the member module out")
	contains(t, "no function", root.ask(action(`{"apiversion":"whm1"}`)), "the member func is missing")
	contains(t, "no name", root.ask(action(`{"func":"_x","apiversion":"whm1"}`)), "private function")
	contains(t, "as UAPI", root.ask(action(`{"module":"Keeper","func":"keeper_get","apiversion":"uapi"}`)), "could not find the function")
}

// W17: only root can call WHM API 1 or reach another account's data. Refused calls
// are not in the audit record.
func TestW17WHMIsForRoot(t *testing.T) {
	f, data := whmHost(t)
	contains(t, "root", f.session(t, "root").ask(whmCall("keeper_set", "{}")), `"result":1`)
	before := len(entries(t, data))
	ann := f.session(t, "ann")
	for _, function := range []string{"keeper_set", "keeper_get", "keeper_fail", "nosuch"} {
		contains(t, function, ann.ask(whmCall(function, `{"user":"root"}`)), `"reason":"This function is for the administrator (root) only.","result":0`)
	}
	contains(t, "the common record", ann.ask(action(`{"module":"Keeper","func":"note","apiversion":"uapi"}`)), `"data":{"of":"/note"}`)
	contains(t, "another account's", ann.ask(action(`{"module":"Keeper","func":"others","apiversion":"uapi"}`)), `only a call of the administrator`)
	contains(t, "another account", ann.ask(action(`{"module":"Keeper","func":"whois","apiversion":"uapi"}`)), `only an administrator's call`)
	contains(t, "another account, as root", f.session(t, "root").ask(whmCall("keeper_whois", "{}")), `"data":{"name":"ann"}`)
	if after := len(entries(t, data)); after != before {
		t.Errorf("the audit record has %d more entries", after-before)
	}
	f.host.Close()
	nobody := serve(t, func(s *setup) { s.Builtin = append(s.Builtin, steward{}) })
	contains(t, "without a root", nobody.session(t, "").ask(whmCall("keeper_get", "{}")), `"reason":"This function is for the administrator (root) only.","result":0`)
}

// The record has two entries for every act of an administrator, at its begin and its
// end, with who, what, when and from where, without secrets.
func TestActsAreRecorded(t *testing.T) {
	f, data := whmHost(t)
	root := f.session(t, "root")
	root.ask(whmCall("keeper_set", `{"user-1":"bob","user":"ann","note":"`+strings.Repeat("n", 400)+`","password":"hunter2","pasword":"hunter2"}`))
	root.ask(whmCall("keeper_get", `{}`))
	root.ask(whmCall("keeper_fail", `{}`))
	all := entries(t, data)
	if len(all) != 4 {
		t.Fatalf("%d entries: %+v", len(all), all)
	}
	begun, ended := all[0], all[1]
	want := map[string]string{
		"user": "ann", "user-1": "bob", "note": strings.Repeat("n", 300) + "… (400 bytes)",
		"password": "[redacted]", "pasword": "[redacted]",
	}
	for name, value := range want {
		if begun.With[name] != value {
			t.Errorf("%s is %q, want %q", name, begun.With[name], value)
		}
	}
	if begun.Who != "root" || begun.What != "keeper_set" || begun.From != "a test" || time.Since(begun.When) > time.Minute ||
		begun.Outcome != "" || ended.Outcome != audit.Done || ended.ID != begun.ID || ended.When.Before(begun.When) {
		t.Errorf("%+v, %+v", begun, ended)
	}
	if all[3].What != "keeper_fail" || all[3].Outcome != "failed: It is Monday." {
		t.Errorf("%+v", all[3])
	}
	if text, _ := json.Marshal(all); strings.Contains(string(text), "hunter2") {
		t.Errorf("a secret: %s", text)
	}
	// An entry cannot be replaced.
	if err := audit.Append(t.Context(), data, begun); !errors.Is(err, protocol.ErrConflict) {
		t.Errorf("replaced: %v", err)
	}
}

// An act that cannot be recorded is not done.
func TestUnrecordedActsAreNotDone(t *testing.T) {
	f, data := whmHost(t)
	root := f.session(t, "root")
	data.on = true
	contains(t, "set", root.ask(whmCall("keeper_set", `{}`)), "the audit record of administrators' calls cannot be written")
	data.on = false
	if _, err := data.Get(t.Context(), "Keeper//note"); !errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("the act was done: %v", err)
	}
	contains(t, "set", root.ask(whmCall("keeper_set", `{}`)), `"result":1`)
}
