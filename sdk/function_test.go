package sdk_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

type place struct {
	First string   `json:"first" doc:"The first." required:"true"`
	Count int      `json:"count" doc:"A number."`
	Rest  []string `json:"rest" doc:"The rest."`
}

type domainRow struct {
	Domain string `json:"domain" doc:"Its name."`
	Live   bool   `json:"live" doc:"Whether it is."`
}

// generations is a module with a function of the same name in all three APIs.
func generations() *sdk.Module {
	rows := func(_ context.Context, _ *sdk.Call, in place) ([]domainRow, error) {
		switch in.First {
		case "soft":
			return nil, sdk.Reason("The domain %s is not there.", "a.test")
		case "hard":
			return nil, sdk.Errorf(sdk.Failed, "No.")
		case "none":
			return nil, nil
		}
		return []domainRow{{in.First, true}}, nil
	}
	return of(
		sdk.API2("list", "Lists.", rows),
		sdk.API1("list", "Lists.", func(_ context.Context, _ *sdk.Call, in place) (string, error) {
			if in.First == "soft" {
				return "", sdk.Reason("Not so.")
			}
			text := in.First
			for range in.Count {
				text += "!"
			}
			for _, r := range in.Rest {
				text += "+" + r
			}
			return text, nil
		}),
		sdk.Func("list", "Lists.", func(context.Context, *sdk.Call, sdk.None) (int, error) { return 3, nil }).NeedsFeature("lists").AllowDemo(),
	)
}

// TestU5APIs: a function of each API, also with the same name.
func TestU5APIs(t *testing.T) {
	h := sdktest.New(t, generations())
	h.Call("list", nil).JSON(`3`)
	h.API2("list", sdktest.Args{"first": "a.test"}).JSON(`[{"domain":"a.test","live":1}]`)
	h.API2("list", sdktest.Args{"first": "none"}).JSON(`null`)
	h.API2("list", sdktest.Args{"first": "soft"}).JSON(`[{"reason":"The domain a.test is not there.","result":0}]`)
	h.API2("list", sdktest.Args{"first": "hard"}).Fails("No.")
	h.API1("list", "soft").Fails("Not so.")
}

// TestU9PositionalArguments: API 1 takes a list, by position.
func TestU9PositionalArguments(t *testing.T) {
	h := sdktest.New(t, generations())
	h.API1("list", "a").JSON(`"a"`)
	h.API1("list", "a", "2").JSON(`"a!!"`)
	h.API1("list", "a", "", "b", "c").JSON(`"a+b+c"`)
	h.API1("list").Fails("The parameter “first” is required.")
	h.API1("list", "").Fails("The parameter “first” is required.")
	h.API1("list", "a", "x").Fails("The parameter “count” is “x”, which is not such a number: whole numbers from -9223372036854775808 to 9223372036854775807 are allowed.")
}

func TestManifestOfAPIs(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, generations())
	if err != nil {
		t.Fatal(err)
	}
	manifests, _ := server.Describe(t.Context())
	type short struct {
		api     protocol.APIVersion
		params  int
		returns string
		list    bool
		feature string
		demo    bool
	}
	var got []short
	for _, f := range manifests[0].Functions {
		got = append(got, short{f.API, len(f.Params), f.Returns.Type, bool(f.Returns.List), f.NeedsFeature, bool(f.AllowDemo)})
	}
	want := []short{
		{protocol.UAPI, 0, "number", false, "lists", true},
		{protocol.API2, 3, "object", true, "", false},
		{protocol.API1, 3, "string", false, "", false},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAccountInfo(t *testing.T) {
	m := of(sdk.Func("f", "Tells.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (string, error) {
		a, err := call.AccountInfo(ctx)
		if err != nil {
			return "", err
		}
		return a.Name + " " + a.Plan, nil
	}))
	h := sdktest.New(t, m, sdktest.WithAccountInfo(sdk.Account{Name: "alice", Plan: "small"}))
	h.Call("f", nil).JSON(`"alice small"`)
	h.As("bob").Call("f", nil).JSON(`"bob "`)
}

// A field "*" takes the arguments that no other parameter takes.
func TestRestOfTheArguments(t *testing.T) {
	type in struct {
		Names  []string          `json:"names" doc:"Names."`
		Others map[string]string `json:"*" doc:"A value for each name."`
	}
	h, got := take[in](t)
	h.CallJSON("f", `{"names":"a","names-1":"b","b":"1","a":2,"api.filter":1,"c-0":true,"null":null}`).OK()
	if want := (in{Names: []string{"a", "b"}, Others: map[string]string{"a": "2", "b": "1", "c-0": "1"}}); !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	h.CallJSON("f", `{"names":"a"}`).OK()
	if got.Others != nil {
		t.Errorf("got %+v, want nil", got.Others)
	}
	h.CallJSON("f", `{"a":{"b":1}}`).Fails("The parameter “a” is an object or a list: a text is allowed.")
	wrong := of(sdk.Func("f", "Takes.", func(_ context.Context, _ *sdk.Call, _ struct {
		Others map[string]int `json:"*" doc:"Others."`
	}) (sdk.None, error) {
		return sdk.None{}, nil
	}))
	if err := wrong.Validate(); err == nil {
		t.Error("a rest of numbers is valid")
	}
}

func TestW14CheckArgs(t *testing.T) {
	for _, good := range []string{"", "null", "{}", "[]", `{"a":{"b":[1]}}`} {
		if err := sdk.CheckArgs([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"{", `"a"`, `[1]`, "7", `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, "{\"a\":\"\xff\"}", `{} {}`} {
		if err := sdk.CheckArgs([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// The tag allowed adds to an error what the type alone does not say.
func TestUSection4AllowedTag(t *testing.T) {
	type in struct {
		Port     int               `json:"port" doc:"A port." allowed:"1 to 65535 are allowed"`
		Commands []json.RawMessage `json:"command" doc:"Commands." allowed:"a JSON list is allowed"`
	}
	h, _ := take[in](t)
	h.CallJSON("f", `{"port":"x"}`).Fails("The parameter “port” is “x”, which is not such a number: 1 to 65535 are allowed.")
	h.CallJSON("f", `{"command":"[]","command-0":"["}`).Fails("The parameter “command” (entry 2) is not JSON: a JSON list is allowed.")
}
