package uapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// show writes arguments on one line: text as text, nested values as their JSON.
func show(a uapi.Args) string {
	var b strings.Builder
	for name, v := range a.All() {
		fmt.Fprintf(&b, "%s=%s;", name, one(v))
	}
	for _, v := range a.Positional() {
		fmt.Fprintf(&b, "%s;", one(v))
	}
	return b.String()
}

func one(v uapi.Value) string {
	text, ok := v.Text()
	if ok == v.Nested() {
		return "neither text nor nested"
	}
	if ok {
		return text
	}
	return "json " + string(v.Raw())
}

func TestU7U9Args(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"absent (U9)", "", ""},
		{"blank (U9)", " \n", ""},
		{"null (U9)", " null ", ""},
		{"empty array (U9)", " [ ] ", ""},
		{"empty object (U9)", " { } ", ""},
		{"text", `{"a":"x","b":""}`, "a=x;b=;"},
		{"numbers by their text (U7)", `{"a":1.50,"b":-0,"c":1E+400,"d":123456789012345678901}`, "a=1.50;b=-0;c=1E+400;d=123456789012345678901;"},
		{"flags (U7)", `{"a":true,"b":false}`, "a=1;b=0;"},
		{"null is absent (U9)", `{"a":null,"b":1}`, "b=1;"},
		{"nested (U7)", `{"a": { "b" : [1] } ,"c":[ ]}`, `a=json { "b" : [1] };c=json [ ];`},
		{"escapes", `{"\u0061":"\"\\\/\b\f\n\r\t\u00e9\ud83c\udf0dz"}`, "a=\"\\/\b\f\n\r\té🌍z;"},
		{"order is kept", `{"z":1,"a":2,"m":3}`, "z=1;a=2;m=3;"},
		{"empty name", `{"":1}`, "=1;"},
		{"a list for API 1 (U9)", `["a",1,true,null,{"b":2}]`, `a;1;1;;json {"b":2};`},
		{"one string for API 1 (U9)", `"$user"`, "$user;"},
	} {
		args, err := uapi.DecodeArgs(raw(c.json))
		if got := show(args); err != nil || got != c.want {
			t.Errorf("%s: %s\n got %s, %v\nwant %s", c.name, c.json, got, err, c.want)
		}
	}
}

func TestU7RefusedArgs(t *testing.T) {
	wide := func(last string) string {
		var b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&b, `"k%d":%s,`, i, []string{"1", "null"}[i%2])
		}
		return "{" + b.String() + `"` + last + `":1}`
	}
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}" }
	for _, json := range []string{
		"1", "true", "x", "nul", "{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, `{"a":1} x`, `{a:1}`, `{"a":01}`, `{"a":"\x"}`, `{"a":"` + "\n" + `"}`, "[1,]", "[1", `"a`, `"a" 1`,
		"{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":{"b":"\udc00"}}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"a":null,"a":1}`, `{"a":1,"a":null}`,
		wide("k20"), wide("k21"), wide(`k\u0032`), deep(33),
	} {
		args, err := uapi.DecodeArgs(raw(json))
		if protocol.CodeOf(err) != protocol.CodeInvalid || err == nil || show(args) != "" {
			t.Errorf("%.80s: %q, %v", json, show(args), err)
		}
	}
	for _, json := range []string{wide("k40"), deep(32)} {
		if _, err := uapi.DecodeArgs(raw(json)); err != nil {
			t.Errorf("%.80s: %v", json, err)
		}
	}
	for _, json := range []string{`{"hunter2":1,"hunter2":1}`, `{"a":"hunter2}`, `hunter2`} {
		if _, err := uapi.DecodeArgs(raw(json)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error quotes the arguments: %v", err)
		}
	}
}

func TestU8Lists(t *testing.T) {
	for _, c := range []struct {
		json string
		want []string
	}{
		{`{}`, nil},
		{`{"other":1}`, nil},
		{`{"name":"a"}`, []string{"a"}},
		{`{"name-0":"a","name-1":"b"}`, []string{"a", "b"}},
		{`{"name-1":"a","name-2":"b"}`, []string{"a", "b"}},
		{`{"name":"a","name-1":"b"}`, []string{"a", "b"}},
		{`{"name-1":"b","name":"a","name-0":"z"}`, []string{"a", "z", "b"}},
		{`{"name-10":"c","name-9":"b","name-2":"a"}`, []string{"a", "b", "c"}},
		{`{"name-1":"a","name-5":"b"}`, []string{"a", "b"}},
		{`{"name-1":null,"name-2":"b"}`, []string{"b"}},
		{`{"name-1":2,"name-2":true}`, []string{"2", "1"}},
		{`{"name-01":1,"name-":1,"name-x":1,"name--1":1,"name-1-1":1,"name-1234567":1,"name_1":1,"nam-1":1,"xname":1,"name- 1":1,"name-1.0":1}`, nil},
		{`{"name":[1,2],"name-1":"b"}`, []string{"json [1,2]", "b"}},
	} {
		args, err := uapi.DecodeArgs(raw(c.json))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range args.List("name") {
			got = append(got, one(v))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q (U8)", c.json, got, c.want)
		}
	}
}

func TestU8SplitSuffix(t *testing.T) {
	for name, want := range map[string]string{
		"a-0": "a 0 true", "a-12": "a 12 true", "a-b-3": "a-b 3 true", "a-999999": "a 999999 true", "a": "a 0 false", "a-": "a- 0 false", "-1": "-1 0 false", "": " 0 false",
		"a-00": "a-00 0 false", "a-1000000": "a-1000000 0 false", "a-٣": "a-٣ 0 false", "a--1": "a- 1 true",
	} {
		base, number, ok := uapi.SplitSuffix(name)
		if got := fmt.Sprint(base, " ", number, " ", ok); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestU7Get(t *testing.T) {
	var b strings.Builder
	for n := range 100 {
		fmt.Fprintf(&b, `"k%d":%d,`, n, n)
		for _, some := range []int{0, 15, 16, 17, 99} {
			if n != some {
				continue
			}
			args, err := uapi.DecodeArgs(raw("{" + strings.TrimSuffix(b.String(), ",") + "}"))
			if err != nil || args.Len() != n+1 {
				t.Fatal(args.Len(), err)
			}
			for i := range n + 1 {
				if v, ok := args.Get(fmt.Sprint("k", i)); !ok || one(v) != fmt.Sprint(i) || string(v.Raw()) != fmt.Sprint(i) {
					t.Errorf("k%d of %d: %v, %v", i, n, one(v), ok)
				}
			}
			for _, absent := range []string{"", "k", "K0", fmt.Sprint("k", n+1)} {
				if v, ok := args.Get(absent); ok {
					t.Errorf("%q: %v", absent, v)
				}
			}
		}
	}
	if _, ok := (uapi.Args{}).Get("a"); ok {
		t.Error("empty arguments have an argument")
	}
}

// literal is the rule of U7 with encoding/json.
func literal(v json.RawMessage) string {
	switch v[0] {
	case '"':
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return err.Error()
		}
		return s
	case '{', '[':
		return "json " + string(v)
	}
	switch string(v) {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	return string(v)
}

func FuzzDecodeArgs(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		args, err := uapi.DecodeArgs(text)
		if !bytes.Equal(text, before) {
			t.Fatal("the input was changed")
		}
		trimmed := bytes.Trim(text, " \t\r\n")
		if err != nil {
			if protocol.CodeOf(err) != protocol.CodeInvalid {
				t.Fatal(err)
			}
			flat := json.Valid(text) && utf8.Valid(text) && !bytes.Contains(text, []byte(`\u`)) &&
				bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) <= 32
			if flat && (trimmed[0] == '[' || trimmed[0] == '{' && !duplicates(trimmed)) {
				t.Fatalf("refused %q: %v", text, err)
			}
			return
		}
		if len(trimmed) == 0 {
			return
		}
		if !json.Valid(trimmed) || !utf8.Valid(trimmed) || !bytes.ContainsAny(trimmed[:1], `{["n`) {
			t.Fatalf("accepted %q", text)
		}
		var list []json.RawMessage
		members := map[string]json.RawMessage{}
		switch trimmed[0] {
		case '{':
			if err := json.Unmarshal(trimmed, &members); err != nil || duplicates(trimmed) {
				t.Fatalf("accepted %q: %v", text, err)
			}
		case '[':
			if err := json.Unmarshal(trimmed, &list); err != nil {
				t.Fatal(err)
			}
		case '"':
			list = []json.RawMessage{trimmed}
		}
		want, got := map[string]string{}, map[string]string{}
		for name, v := range members {
			if string(v) != "null" {
				want[name] = literal(v)
			}
		}
		for name, v := range args.All() {
			got[name] = one(v)
			if again, ok := args.Get(name); !ok || !reflect.DeepEqual(again, v) {
				t.Fatalf("Get(%q) = %v, %v", name, again, ok)
			}
			base, _, _ := uapi.SplitSuffix(name)
			if all := args.List(base); !slices.ContainsFunc(all, func(x uapi.Value) bool { return reflect.DeepEqual(x, v) }) {
				t.Fatalf("List(%q) misses %q (U8)", base, name)
			}
		}
		if !reflect.DeepEqual(got, want) || args.Len() != len(want) {
			t.Fatalf("%q\n got %q\nwant %q", text, got, want)
		}
		if len(list) != len(args.Positional()) {
			t.Fatalf("%d of %d", len(args.Positional()), len(list))
		}
		for i, v := range args.Positional() {
			if w := strings.TrimPrefix(literal(list[i]), "null"); one(v) != w && string(list[i]) != `"null`+w+`"` {
				t.Fatalf("%q, want %q", one(v), w)
			}
		}
	})
}

// duplicates looks for two members of one name in an object's outermost level.
func duplicates(object []byte) bool {
	d := json.NewDecoder(bytes.NewReader(object))
	seen := map[string]bool{}
	d.Token()
	for d.More() {
		name, err := d.Token()
		if err != nil || seen[name.(string)] {
			return true
		}
		seen[name.(string)] = true
		var skip json.RawMessage
		d.Decode(&skip)
	}
	return false
}

func BenchmarkDecodeArgs(b *testing.B) {
	text := raw(`{"domain":"example.com","regex":"al","api.paginate":1,"path":"\/home\/alice"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := uapi.DecodeArgs(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	r := &protocol.Result{Status: 1, Data: raw(`[{"email":"alice@example.com","login":"alice@example.com","suspended_login":0}]`)}
	c := &protocol.Call{API: protocol.UAPI, Module: "Email", Function: "list_pops"}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = uapi.Append(buf[:0], c, r, 0)
	}
}
