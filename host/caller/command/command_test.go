package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// U §5: name=value splits at the first = and is decoded once. No error quotes a
// value.
func TestUSection5Arguments(t *testing.T) {
	for _, c := range []struct {
		list string
		want string // the JSON, or a part of the error
		bad  bool
	}{
		{"", `{}`, false},
		{"a=1", `{"a":"1"}`, false},
		{"a=", `{"a":""}`, false},
		{"a=b=c", `{"a":"b=c"}`, false},
		{"a=%2520+%3D", `{"a":"%20+="}`, false},
		{"a%3Db=c", `{"a=b":"c"}`, false},
		{"a=%C3%A9", `{"a":"é"}`, false},
		{"a=x a=y a=z", `{"a":"x","a-1":"y","a-2":"z"}`, false},
		{"hunter2", "argument 1 is not of the form name=value", true},
		{"a=1 hunter2", "argument 2 is not of the form name=value", true},
		{"=hunter2", "has no name", true},
		{"a=hunter2%", "the value of a is not URI-encoded: write %25", true},
		{"a%=hunter2", "the name of argument 1 is not URI-encoded: write %25", true},
		{"a=hunter2%FF", "not UTF-8", true},
	} {
		t.Run(c.list, func(t *testing.T) {
			got, err := arguments(strings.Fields(c.list), false)
			switch {
			case c.bad:
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%s, %v; want %s", got, err, c.want)
				}
			case err != nil || string(got) != c.want:
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	if _, err := arguments([]string{"a=1"}, true); err == nil || !strings.Contains(err.Error(), "not both") {
		t.Errorf("with --input=json: %v", err)
	}
	if got, err := arguments(nil, true); err != nil {
		t.Errorf("with --input=json alone: %s, %v", got, err)
	}
}

// W12, W14, U9: what standard input may hold.
func TestW14Input(t *testing.T) {
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}" }
	for _, c := range []struct {
		name, text, want string
		bad              bool
	}{
		{"object", ` {"a":[1.50,{"b":null}]} ` + "\n", `{"a":[1.50,{"b":null}]}`, false},
		{"byte order mark", "\ufeff{}", `{}`, false},
		{"null", "null\n", "", false},
		{"empty list", "[ \n ]", "", false},
		{"deepest", deep(liveapi.MaxDepth), deep(liveapi.MaxDepth), false},
		{"too deep", deep(liveapi.MaxDepth + 1), "W14", true},
		{"nothing", "", "standard input is empty", true},
		{"blanks", " \n", "standard input is empty", true},
		{"torn", `{"a":"hunter2"`, "W14", true},
		{"twice", `{"a":1,"a":"hunter2"}`, "W14", true},
		{"two values", `{"a":1}{"b":2}`, "W14", true},
		{"not UTF-8", "{\"a\":\"hunter2\xff\"}", "W14", true},
		{"text", `"hunter2"`, "not an object", true},
		{"list", `["hunter2"]`, "not an object", true},
		{"number", `1`, "not an object", true},
		{"too long", `{"a":"` + strings.Repeat("x", liveapi.MaxPayload) + `"}`, "W12", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readObject(strings.NewReader(c.text))
			switch {
			case c.bad:
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%s, %v; want %s", got, err, c.want)
				}
			case err != nil || string(got) != c.want:
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// U10 to U15: every modifier in the completions and in the help exists.
func TestU14ModifiersExist(t *testing.T) {
	for _, p := range []Program{{Name: UAPI}, {Name: CPAPI2}} {
		names := map[string]bool{}
		for _, name := range modifiers() {
			names[p.prefix()+name] = true
		}
		for _, word := range strings.FieldsFunc(p.long(), func(r rune) bool { return strings.ContainsRune(" []=\n", r) }) {
			if strings.HasPrefix(word, p.prefix()) {
				names[word] = true
			}
		}
		if len(names) < len(modifiers())+1 {
			t.Errorf("%s: the help shows no modifier: %v", p.Name, names)
		}
		for name := range names {
			// A modifier refuses a nested value; any other name accepts it.
			args, err := uapi.DecodeArgs(json.RawMessage(fmt.Sprintf(`{%q:[]}`, name)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := uapi.DecodeModifiers(p.api(), args); protocol.CodeOf(err) != protocol.CodeInvalid {
				t.Errorf("%s: there is no modifier %s (%v)", p.Name, name, err)
			}
		}
	}
}

func TestCalled(t *testing.T) {
	for path, want := range map[string]bool{"uapi": true, "/usr/bin/cpapi2": true, "./uapi": true, "liveapi": false, "uapi.old": false, "": false} {
		if _, is := Called(path); is != want {
			t.Errorf("%q: %v", path, is)
		}
	}
}

// Values of a secret are never offered, not even 1 and 0 for a flag.
func TestOffersOfParameters(t *testing.T) {
	f := &protocol.Function{Params: []protocol.Field{
		{Name: "name", Doc: "Who.\nMore.", Type: protocol.TypeString},
		{Name: "loud", Type: protocol.TypeFlag},
		{Name: "known", Type: protocol.TypeFlag, Secret: true},
		{Name: "tag", Type: protocol.TypeString, List: true},
	}}
	for _, c := range []struct {
		given []string
		begun string
		want  string
	}{
		{nil, "", "name=\tWho. loud= known= tag="},
		{[]string{"name=a", "tag=b"}, "", "loud= known= tag="},
		{nil, "loud=", "loud=1 loud=0"},
		{nil, "known=", ""},
		{nil, "name=", ""},
		{nil, "nosuch=", ""},
	} {
		if got := strings.Join(Program{Name: UAPI}.offerParams(f, c.given, c.begun), " "); got != c.want {
			t.Errorf("%q after %q: %q, want %q", c.begun, c.given, got, c.want)
		}
	}
	if got := beginning("lo", []string{"name=", "loud=", "lo"}); strings.Join(got, " ") != "loud= lo" {
		t.Errorf("%q", got)
	}
}
