package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/sdk"
)

// f declares a function f with these parameters and data.
func f[In, Out any]() sdk.Function {
	return sdk.Func("f", "Does.", func(context.Context, *sdk.Call, In) (out Out, err error) { return out, nil })
}

func of(functions ...sdk.Function) *sdk.Module {
	return &sdk.Module{Name: "Test", Doc: "A test.", Version: "1", Functions: functions}
}

func TestW16ValidateRefuses(t *testing.T) {
	type none = sdk.None
	nothing := func(context.Context, *sdk.Call, none) (none, error) { return none{}, nil }
	type embedded struct {
		A string `json:"a" doc:"A."`
	}
	for name, c := range map[string]struct {
		module *sdk.Module
		want   string
	}{
		"nil":                    {nil, "nil"},
		"no name":                {&sdk.Module{Doc: "d", Functions: []sdk.Function{f[none, none]()}}, "W16"},
		"lower-case name":        {&sdk.Module{Name: "test", Doc: "d", Functions: []sdk.Function{f[none, none]()}}, "W16"},
		"no doc":                 {&sdk.Module{Name: "Test", Doc: " \n", Functions: []sdk.Function{f[none, none]()}}, "Doc is empty"},
		"no functions":           {of(), "Functions is empty"},
		"function not by Func":   {of(sdk.Function{}), "sdk.Func"},
		"function twice":         {of(f[none, none](), f[none, none]()), "declared twice"},
		"private function":       {of(sdk.Func("_f", "d", nothing)), "W16"},
		"function without doc":   {of(sdk.Func("f", "", nothing)), "doc is empty"},
		"parameters no struct":   {of(f[string, none]()), "have to be a struct"},
		"parameters a Secret":    {of(f[sdk.Secret, none]()), "have to be a struct"},
		"parameter without name": {of(f[struct{ A string }, none]()), "json tag has to give a name"},
		"parameter, bad name": {of(f[struct {
			A string `json:"api.sort" doc:"A."`
		}, none]()), "json tag has to give a name"},
		"parameter without doc": {of(f[struct {
			A string `json:"a"`
		}, none]()), "doc tag is empty"},
		"required, misspelt": {of(f[struct {
			A string `json:"a" doc:"A." required:"yes"`
		}, none]()), "required tag"},
		"json option": {of(f[struct {
			A string `json:"a,omitempty" doc:"A."`
		}, none]()), "options"},
		"secret tag on a string": {of(f[struct {
			A string `json:"a" doc:"A." secret:"true"`
		}, none]()), "sdk.Secret"},
		"embedded struct": {of(f[struct{ embedded }, none]()), "embedded"},
		"bytes": {of(f[struct {
			A []byte `json:"a" doc:"A."`
		}, none]()), "use a string"},
		"list of lists": {of(f[struct {
			A [][]string `json:"a" doc:"A."`
		}, none]()), "list of lists"},
		"list of pointers": {of(f[struct {
			A []*int `json:"a" doc:"A."`
		}, none]()), "list of pointers"},
		"any": {of(f[struct {
			A any `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"func": {of(f[struct {
			A func() `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"chan": {of(f[struct {
			A chan int `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"complex": {of(f[struct {
			A complex128 `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"uintptr": {of(f[struct {
			A uintptr `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"array": {of(f[struct {
			A [2]int `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"pointer to pointer": {of(f[struct {
			A **int `json:"a" doc:"A."`
		}, none]()), "cannot be a parameter"},
		"time": {of(f[struct {
			A time.Time `json:"a" doc:"A."`
		}, none]()), "decodes itself"},
		"text unmarshaler": {of(f[struct {
			A netip.Addr `json:"a" doc:"A."`
		}, none]()), "decodes itself"},
		"map with other keys": {of(f[struct {
			A map[int]string `json:"a" doc:"A."`
		}, none]()), "keys"},
		"nested func": {of(f[struct {
			A struct{ F func() } `json:"a" doc:"A."`
		}, none]()), "field F"},
		"data: chan":           {of(f[none, chan int]()), "cannot be encoded"},
		"data: func in a list": {of(f[none, []struct{ F func() }]()), "cannot be encoded"},
		"data: Secret": {of(f[none, struct {
			S sdk.Secret `json:"s" doc:"S."`
		}]()), "[redacted]"},
		"data: Secret in a list": {of(f[none, map[string][]*sdk.Secret]()), "[redacted]"},
		"data: member, no doc": {of(f[none, struct {
			A string `json:"a"`
		}]()), "doc tag is empty"},
		"data: member, no name":   {of(f[none, struct{ A string }]()), "json tag has to give a name"},
		"data: behind a pointer":  {of(f[none, *struct{ A string }]()), "json tag has to give a name"},
		"data: embedded no doc":   {of(f[none, struct{ *embeddedOut }]()), "doc tag is empty"},
		"prefetch: no key":        {of(f[none, none]().PrefetchRecords("")), "1 to 512 bytes"},
		"prefetch: no name":       {of(f[none, none]().PrefetchRecords("/")), "1 to 512 bytes"},
		"prefetch: no UTF-8":      {of(f[none, none]().PrefetchRecords("\xff")), "1 to 512 bytes"},
		"prefetch: long":          {of(f[none, none]().PrefetchRecords("/" + strings.Repeat("k", 513))), "1 to 512 bytes"},
		"prefetch: twice":         {of(f[none, none]().PrefetchRecords("a", "b", "a")), "twice"},
		"prefetch: many":          {of(f[none, none]().PrefetchRecords(strings.Split("123456789", "")...)), "at most 8"},
		"two mistakes, first one": {of(f[string, chan int]()), "have to be a struct"},
		"two mistakes, the other": {of(f[string, chan int]()), "cannot be encoded"},
	} {
		err := c.module.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %q", name, err, c.want)
		}
		if _, serverErr := sdk.NewServer(sdk.Options{}, c.module); serverErr == nil {
			t.Errorf("%s: served all the same", name)
		}
	}
}

type embeddedOut struct {
	A string `json:"a"`
}

type paged struct {
	Page int `json:"page" doc:"Which page."`
}

type recursive struct {
	Next *recursive `json:"next" doc:"The next."`
	On   bool       `json:"on" doc:"On."`
}

// The manifest is made from names, docs and tags.
func TestManifestFromTags(t *testing.T) {
	type in struct {
		Text    string          `json:"text" doc:"A text." required:"true"`
		Secret  sdk.Secret      `json:"secret" doc:"A secret."`
		Secrets []sdk.Secret    `json:"secrets" doc:"Secrets."`
		Number  *uint8          `json:"number" doc:"A number."`
		Numbers []float64       `json:"numbers" doc:"Numbers."`
		Flag    bool            `json:"flag" doc:"A flag."`
		Raw     json.RawMessage `json:"raw" doc:"JSON."`
		Nested  struct{ A int } `json:"nested" doc:"Nested."`
		Ignored func()          `json:"-"`
		private chan int
	}
	type out struct {
		paged
		Flag   bool           `json:"flag" doc:"A flag."`
		Secret string         `json:"secret" doc:"On purpose." secret:"true"`
		List   []string       `json:"list,omitempty" doc:"A list."`
		Bytes  []byte         `json:"bytes" doc:"Base64."`
		Time   time.Time      `json:"time" doc:"When."`
		Map    map[string]any `json:"map" doc:"A map."`
	}
	_ = in{}.private
	m := of(
		sdk.Func("z", "Last.", func(context.Context, *sdk.Call, in) (*out, error) { return nil, nil }),
		sdk.Func("a", "First.\nMore.", func(context.Context, *sdk.Call, sdk.None) ([]paged, error) { return nil, nil }),
		sdk.Func("r", "Recursive.", func(context.Context, *sdk.Call, sdk.None) (recursive, error) { return recursive{}, nil }),
	)
	server, err := sdk.NewServer(sdk.Options{}, m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []protocol.Manifest{{
		Module: "Test", Doc: "A test.", Version: "1",
		Functions: []protocol.Function{
			{Name: "a", Doc: "First.\nMore.", API: protocol.UAPI, Returns: protocol.Field{Type: "object", List: true, Fields: []protocol.Field{
				{Name: "page", Doc: "Which page.", Type: "number", Required: true},
			}}},
			{Name: "r", Doc: "Recursive.", API: protocol.UAPI, Returns: protocol.Field{Type: "object", Fields: []protocol.Field{
				{Name: "next", Doc: "The next.", Type: "any"},
				{Name: "on", Doc: "On.", Type: "flag", Required: true},
			}}},
			{Name: "z", Doc: "Last.", API: protocol.UAPI, Params: []protocol.Field{
				{Name: "text", Doc: "A text.", Type: "string", Required: true},
				{Name: "secret", Doc: "A secret.", Type: "string", Secret: true},
				{Name: "secrets", Doc: "Secrets.", Type: "string", Secret: true, List: true},
				{Name: "number", Doc: "A number.", Type: "number"},
				{Name: "numbers", Doc: "Numbers.", Type: "number", List: true},
				{Name: "flag", Doc: "A flag.", Type: "flag"},
				{Name: "raw", Doc: "JSON.", Type: "any"},
				{Name: "nested", Doc: "Nested.", Type: "any"},
			}, Returns: protocol.Field{Type: "object", Fields: []protocol.Field{
				{Name: "page", Doc: "Which page.", Type: "number", Required: true},
				{Name: "flag", Doc: "A flag.", Type: "flag", Required: true},
				{Name: "secret", Doc: "On purpose.", Type: "string", Required: true, Secret: true},
				{Name: "list", Doc: "A list.", Type: "string", List: true},
				{Name: "bytes", Doc: "Base64.", Type: "string"},
				{Name: "time", Doc: "When.", Type: "any"},
				{Name: "map", Doc: "A map.", Type: "map", Fields: []protocol.Field{{Type: "any"}}},
			}}},
		},
	}}
	if !reflect.DeepEqual(got, want) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func TestNewServerRefuses(t *testing.T) {
	valid := of(f[sdk.None, sdk.None]())
	checked := of(f[sdk.None, sdk.None]())
	checked.Check = func() error { return errors.New("TEST_MODE is 7: 1 and 2 are allowed") }
	for name, c := range map[string]struct {
		modules []*sdk.Module
		want    string
	}{
		"none":  {nil, "no module"},
		"twice": {[]*sdk.Module{valid, valid}, "served twice"},
		"check": {[]*sdk.Module{checked}, "TEST_MODE is 7"},
	} {
		if _, err := sdk.NewServer(sdk.Options{}, c.modules...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := checked.Validate(); err != nil {
		t.Errorf("Validate asks Check: %v", err)
	}
}
