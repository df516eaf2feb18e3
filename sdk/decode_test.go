package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// take returns a host for one function f that stores its parameters in got.
func take[In any](t testing.TB) (h *sdktest.Host, got *In) {
	t.Helper()
	got = new(In)
	m := of(sdk.Func("f", "Takes.", func(_ context.Context, _ *sdk.Call, in In) (sdk.None, error) {
		*got = in
		return sdk.None{}, nil
	}))
	return sdktest.New(t, m), got
}

type point struct {
	X int        `json:"x"`
	S sdk.Secret `json:"s"`
}

type everything struct {
	Text    string            `json:"text" doc:"D."`
	Texts   []string          `json:"texts" doc:"D."`
	Pointer *string           `json:"pointer" doc:"D."`
	I8      int8              `json:"i8" doc:"D."`
	I64     int64             `json:"i64" doc:"D."`
	U8      uint8             `json:"u8" doc:"D."`
	U64     uint64            `json:"u64" doc:"D."`
	UP      *uint16           `json:"up" doc:"D."`
	Ints    []int             `json:"ints" doc:"D."`
	F32     float32           `json:"f32" doc:"D."`
	F64     float64           `json:"f64" doc:"D."`
	Flag    bool              `json:"flag" doc:"D."`
	FlagP   *bool             `json:"flagp" doc:"D."`
	Raw     json.RawMessage   `json:"raw" doc:"D."`
	Raws    []json.RawMessage `json:"raws" doc:"D."`
	Point   point             `json:"point" doc:"D."`
	Points  []point           `json:"points" doc:"D."`
	PointP  *point            `json:"pointp" doc:"D."`
	Map     map[string]string `json:"map" doc:"D."`
}

func ptr[T any](v T) *T { return &v }

func TestU7U8U9Decode(t *testing.T) {
	for _, c := range []struct {
		args string
		want everything
	}{
		{``, everything{}}, {`null`, everything{}}, {`[]`, everything{}}, {`{}`, everything{}}, // U9
		{`{"text":null,"u8":null,"point":null}`, everything{}},
		{`{"text":"é\"<>&"}`, everything{Text: `é"<>&`}},
		{`{"text":12.50}`, everything{Text: "12.50"}}, // U7: the literal text
		{`{"text":1e400}`, everything{Text: "1e400"}},
		{`{"text":true}`, everything{Text: "1"}},
		{`{"text":false}`, everything{Text: "0"}},
		{`{"text":""}`, everything{}},
		{`{"pointer":""}`, everything{Pointer: ptr("")}},
		{`{"pointer":"a"}`, everything{Pointer: ptr("a")}},
		{`{"TEXT":"a"}`, everything{}},   // names are compared exactly
		{`{"text-0":"a"}`, everything{}}, // U8 is for lists
		{`{"texts":"a"}`, everything{Texts: []string{"a"}}},
		{`{"texts-1":"b","texts":"a","texts-2":"c"}`, everything{Texts: []string{"a", "b", "c"}}},
		{`{"texts-10":"c","texts-2":"b","texts-0":"a"}`, everything{Texts: []string{"a", "b", "c"}}},
		{`{"texts":""}`, everything{Texts: []string{""}}},
		{`{"texts":["a",1,true],"texts-0":"b"}`, everything{Texts: []string{"a", "1", "1", "b"}}}, // JSON's own lists
		{`{"texts":[]}`, everything{}},
		{`{"points":[{"x":2},{"x":3}]}`, everything{Points: []point{{X: 2}, {X: 3}}}},
		{`{"raws":[1,2]}`, everything{Raws: []json.RawMessage{json.RawMessage(`[1,2]`)}}}, // may itself be a list
		{`{"ints-0":1,"ints-1":"-2"}`, everything{Ints: []int{1, -2}}},
		{`{"i8":-128,"u8":"255"}`, everything{I8: -128, U8: 255}},
		{`{"i8":"127","u8":0}`, everything{I8: 127}},
		{`{"i64":-9223372036854775808,"u64":18446744073709551615}`, everything{I64: math.MinInt64, U64: math.MaxUint64}},
		{`{"i64":"","u64":"","f64":"","flag":"","up":"","flagp":""}`, everything{}},
		{`{"up":0}`, everything{UP: ptr(uint16(0))}},
		{`{"f32":"1.5","f64":-1e3}`, everything{F32: 1.5, F64: -1000}},
		{`{"flag":1,"flagp":"0"}`, everything{Flag: true, FlagP: ptr(false)}},
		{`{"flag":true,"flagp":"true"}`, everything{Flag: true, FlagP: ptr(true)}},
		{`{"flag":"1","flagp":"false"}`, everything{Flag: true, FlagP: ptr(false)}},
		{`{"raw":{"a":[1,true]}}`, everything{Raw: json.RawMessage(`{"a":[1,true]}`)}},
		{`{"raw":"[1,2]"}`, everything{Raw: json.RawMessage(`[1,2]`)}}, // a text that holds JSON
		{`{"raw":5}`, everything{Raw: json.RawMessage(`5`)}},
		{`{"raws-0":["M","f",{}],"raws-1":"[1]"}`, everything{Raws: []json.RawMessage{json.RawMessage(`["M","f",{}]`), json.RawMessage(`[1]`)}}},
		{`{"map":{"a":"b"}}`, everything{Map: map[string]string{"a": "b"}}},
		{`{"map":"{\"a\":\"b\"}"}`, everything{Map: map[string]string{"a": "b"}}},
		{`{"point":[]}`, everything{}}, // PHP's empty map
		{`{"point":{"x":1},"points-0":{"x":2},"points-1":{"x":3},"pointp":{}}`, everything{Point: point{X: 1}, Points: []point{{X: 2}, {X: 3}}, PointP: new(point)}},
	} {
		h, got := take[everything](t)
		h.CallJSON("f", c.args).JSON("null")
		if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.args, *got, c.want)
		}
	}
}

func TestUSection4BadArguments(t *testing.T) {
	const (
		i8  = "whole numbers from -128 to 127 are allowed."
		u8  = "whole numbers from 0 to 255 are allowed."
		i64 = "whole numbers from -9223372036854775808 to 9223372036854775807 are allowed."
		u64 = "whole numbers from 0 to 18446744073709551615 are allowed."
		dec = "decimal numbers are allowed."
		bit = "1 and 0 are allowed."
		obj = "one JSON object is allowed."
	)
	long := strings.Repeat("9", 60)
	for args, want := range map[string]string{
		`{"i8":128}`:                   "The parameter “i8” is “128”, which is out of range: " + i8,
		`{"i8":"-129"}`:                "The parameter “i8” is “-129”, which is out of range: " + i8,
		`{"i8":"1.0"}`:                 "The parameter “i8” is “1.0”, which is not such a number: " + i8,
		`{"i8":1e2}`:                   "The parameter “i8” is “1e2”, which is not such a number: " + i8,
		`{"i8":" 1"}`:                  "The parameter “i8” is “ 1”, which is not such a number: " + i8,
		`{"i8":"0x1"}`:                 "The parameter “i8” is “0x1”, which is not such a number: " + i8,
		`{"i8":"1_0"}`:                 "The parameter “i8” is “1_0”, which is not such a number: " + i8,
		`{"u8":-1}`:                    "The parameter “u8” is “-1”, which is not such a number: " + u8,
		`{"u8":256}`:                   "The parameter “u8” is “256”, which is out of range: " + u8,
		`{"u8":{}}`:                    "The parameter “u8” is an object or a list: " + u8,
		`{"i64":9223372036854775808}`:  "The parameter “i64” is “9223372036854775808”, which is out of range: " + i64,
		`{"u64":18446744073709551616}`: "The parameter “u64” is “18446744073709551616”, which is out of range: " + u64,
		`{"u64":` + long + `}`:         "The parameter “u64” is “" + long[:40] + "…”, which is out of range: " + u64,
		`{"f64":"inf"}`:                "The parameter “f64” is “inf”, which is not such a number: " + dec,
		`{"f64":"NaN"}`:                "The parameter “f64” is “NaN”, which is not such a number: " + dec,
		`{"f64":"0x1p4"}`:              "The parameter “f64” is “0x1p4”, which is not such a number: " + dec,
		`{"f64":1e999}`:                "The parameter “f64” is “1e999”, which is out of range: " + dec,
		`{"f32":1e39}`:                 "The parameter “f32” is “1e39”, which is out of range: " + dec,
		`{"flag":"yes"}`:               "The parameter “flag” is “yes”: " + bit,
		`{"flag":2}`:                   "The parameter “flag” is “2”: " + bit,
		`{"flag":"a\nb\u0000"}`:        "The parameter “flag” is “a\ufffdb\ufffd”: " + bit,
		`{"flag":[]}`:                  "The parameter “flag” is an object or a list: " + bit,
		`{"text":{"a":1}}`:             "The parameter “text” is an object or a list: a text is allowed.",
		`{"texts":["a",["b"]]}`:        "The parameter “texts” (entry 2) is an object or a list: a text is allowed.",
		`{"texts":{"a":1}}`:            "The parameter “texts” (entry 1) is an object or a list: a text is allowed.",
		`{"ints-0":1,"ints-1":"x"}`:    "The parameter “ints” (entry 2) is “x”, which is not such a number: whole numbers from -9223372036854775808 to 9223372036854775807 are allowed.",
		`{"ints-0":1,"ints-1":""}`:     "The parameter “ints” (entry 2) is empty: every entry needs a value.",
		`{"raw":"{"}`:                  "The parameter “raw” is not JSON: one JSON value is allowed.",
		`{"point":"abc"}`:              "The parameter “point” is not of the right form: " + obj,
		`{"point":[1]}`:                "The parameter “point” is not of the right form: " + obj,
		`{"point":{"x":"a"}}`:          "The parameter “point” has the wrong kind of value in its member “x”: a number (int) is allowed.",
		`{"map":{"a":{}}}`:             "The parameter “map” has the wrong kind of value in a member: a text is allowed.",
	} {
		h, _ := take[everything](t)
		h.CallJSON("f", args).Fails(want)
	}
}

func TestUSection4RequiredArguments(t *testing.T) {
	type in struct {
		Text   string     `json:"text" doc:"D." required:"true"`
		Secret sdk.Secret `json:"secret" doc:"D." required:"true"`
		Number int        `json:"number" doc:"D." required:"true"`
		List   []string   `json:"list" doc:"D." required:"true"`
		Nested point      `json:"nested" doc:"D." required:"true"`
		Flag   bool       `json:"flag" doc:"D." required:"true"`
	}
	all := map[string]any{"text": "a", "secret": "b", "number": 0, "list": "c", "nested": map[string]any{}, "flag": false}
	h, got := take[in](t)
	h.Call("f", all).OK()
	if got.Text != "a" || got.Secret.Reveal() != "b" || len(got.List) != 1 {
		t.Errorf("got %+v", *got)
	}
	for name := range all {
		for _, missing := range []any{nil, "", "absent"} {
			args := make(sdktest.Args)
			for n, v := range all {
				if n != name {
					args[n] = v
				}
			}
			if missing != "absent" {
				args[name] = missing
			}
			if name == "list" && missing == "" {
				continue // one entry, which is empty
			}
			h.Call("f", args).Fails("The parameter “" + name + "” is required.")
		}
	}
}

// A Secret is never quoted, in any error.
func TestUSection4SecretsAreNotQuoted(t *testing.T) {
	type in struct {
		Secret  sdk.Secret   `json:"secret" doc:"D."`
		Secrets []sdk.Secret `json:"secrets" doc:"D."`
		Nested  point        `json:"nested" doc:"D."`
		Number  int          `json:"number" doc:"D."`
	}
	for _, args := range []string{
		`{"secret":{"` + canary + `":"` + canary + `"}}`, `{"secret":["` + canary + `"]}`, `{"secrets-0":[["` + canary + `"]]}`,
		`{"nested":{"s":{"a":"` + canary + `"}}}`, `{"nested":{"x":"` + canary + `"}}`, `{"nested":"` + canary + `"}`, `{"nested":{"s":["` + canary + `"]}}`,
		`{"secret":"` + canary + `","number":"x"}`, `{"secret":"` + canary + `","secret":1}`, `{"secret":"` + canary,
	} {
		h, _ := take[in](t)
		r := h.CallJSON("f", args)
		if r.Status != 0 || strings.Contains(fmt.Sprint(r.Errors), canary) || strings.Contains(h.Log(), canary) {
			t.Errorf("%s: status %d, errors %q, log %s", args, r.Status, r.Errors, h.Log())
		}
	}
	h, got := take[in](t)
	h.CallJSON("f", `{"secret":"`+canary+`","secrets-0":1,"nested":{"s":"b"}}`).OK()
	if got.Secret.Reveal() != canary || got.Secrets[0].Reveal() != "1" || !got.Secrets[0].IsNumber() || got.Nested.S.Reveal() != "b" {
		t.Errorf("got %q, %q, %q", got.Secret.Reveal(), got.Secrets[0].Reveal(), got.Nested.S.Reveal())
	}
}

// Unknown names are ignored; the log has only the names.
func TestU7UnknownArguments(t *testing.T) {
	h, _ := take[everything](t)
	h.CallJSON("f", `{"txet":"`+canary+`","texts-0":"a","text-5":1,"api.sort":"1","a\nb":1}`).OK()
	log := h.Log()
	for _, want := range []string{"“txet”", "“text-5”", "“a\ufffdb”", "[DEBUG]"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, unwanted := range []string{canary, "texts-0", "api.sort"} {
		if strings.Contains(log, unwanted) {
			t.Errorf("the log has %s:\n%s", unwanted, log)
		}
	}
}

// The memory of the arguments is valid until the call ends; what the function keeps must not change.
func TestU7ArgumentsAreCopied(t *testing.T) {
	h, got := take[everything](t)
	server, err := sdk.NewServer(
		sdk.Options{},
		of(sdk.Func("f", "Takes.", func(_ context.Context, _ *sdk.Call, in everything) (sdk.None, error) {
			*got = in
			return sdk.None{}, nil
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	_ = h
	args := []byte(`{"text":"abc","raw":[1,2],"raws":[3],"texts":"x","map":{"k":"v"}}`)
	if r, err := server.Invoke(t.Context(), callOf("f", args)); err != nil || r.Status != 1 {
		t.Fatalf("%v, %v", r, err)
	}
	for i := range args {
		args[i] = '!'
	}
	want := everything{Text: "abc", Raw: json.RawMessage(`[1,2]`), Raws: []json.RawMessage{json.RawMessage(`[3]`)}, Texts: []string{"x"},
		Map: map[string]string{"k": "v"}}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v\nwant\n%+v", *got, want)
	}
}

// All bytes give a result that is valid by U1 to U3, never an internal error.
func FuzzU7Decode(f *testing.F) {
	for _, s := range []string{``, `null`, `[]`, `{"text":"a","i8":1}`, `{"ints-0":1,"ints-1":2}`, `{"point":{"x":1,"s":"a"}}`, `{"raw":"[1"}`, `{"map":[]}`, `{"f64":"1e5"}`, `["a"]`, `{"flag":true}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, args string) {
		h, _ := take[everything](t)
		r := h.CallJSON("f", args)
		if r.Err != nil || r.Status == 0 && (len(r.Errors) != 1 || strings.Contains(r.Errors[0], "internal error")) || r.Status == 1 && r.Text() != "null" {
			t.Errorf("%q: status %d, %q, %v", args, r.Status, r.Errors, r.Err)
		}
		for _, e := range r.Errors {
			if strings.ContainsAny(e, "\n\r\x00") {
				t.Errorf("%q: the error is not one line: %q", args, e)
			}
		}
	})
}
