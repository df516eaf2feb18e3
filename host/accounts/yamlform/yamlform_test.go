package yamlform_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"liveapi.host/host/accounts/yamlform"
)

// read reads a file with one field of each type.
func read(text string) (got []string, err error) {
	doc, err := yamlform.Parse("f", []byte(text))
	if err != nil {
		return nil, err
	}
	fields := doc.Fields("text", "words", "bool", "list", "map")
	if v, there := fields["text"]; there {
		got = append(got, "text "+v.Text())
	}
	if v, there := fields["words"]; there {
		words, ok := v.Words()
		got = append(got, fmt.Sprintf("words %q %v", words, ok))
	}
	if v, there := fields["bool"]; there {
		got = append(got, fmt.Sprintf("bool %v", v.Bool()))
	}
	if v, there := fields["list"]; there {
		for _, item := range v.List() {
			got = append(got, "item "+item.Text())
		}
	}
	if v, there := fields["map"]; there {
		for _, p := range v.Pairs() {
			got = append(got, "pair "+p.Name.Text()+"="+p.Value.Text())
		}
	}
	return got, doc.Err()
}

func TestForms(t *testing.T) {
	for text, wanted := range map[string][]string{
		"{}":                         nil,
		"---\n{}\n":                  nil,
		"# a comment\ntext: x":       {"text x"},
		"text: 12":                   {"text 12"},
		"text: 1.50":                 {"text 1.50"},
		"text: no":                   {"text no"},
		"text: 2020-01-02":           {"text 2020-01-02"},
		"text: '*.x'":                {"text *.x"},
		"text: '<<'":                 {"text <<"},
		"text: |\n  a\n  b\n":        {"text a\nb\n"},
		"words: ''":                  {`words "" true`},
		"bool: true":                 {"bool true"},
		"bool: false":                {"bool false"},
		"list: []":                   nil,
		"list: [a, b]":               {"item a", "item b"},
		"list:\n- a\n- 2\n":          {"item a", "item 2"},
		"map: {b: 1, a: 2, 3: x}":    {"pair b=1", "pair a=2", "pair 3=x"},
		"map: {}\nbool: true":        {"bool true"},
		"{text: x, bool: true}\n...": {"text x", "bool true"},
	} {
		if got, err := read(text); err != nil || !reflect.DeepEqual(got, wanted) {
			t.Errorf("%q: %q %v, not %q", text, got, err, wanted)
		}
	}
}

func TestMistakes(t *testing.T) {
	const empty = "f: the file is empty, perhaps half written; to set nothing, write: {}"
	const anchors = "anchors and aliases (& and *) are not supported; write the value out, and quote a text that begins with & or *"
	const tags = "tags and merge keys (! and <<) are not supported; quote a text that begins with one of them"
	for text, wanted := range map[string]string{
		"":                       empty,
		" \n\n":                  empty,
		"# only a comment\n":     empty,
		"---\n":                  empty,
		"null":                   empty,
		"~":                      empty,
		"- a":                    "f:1: lines of the form KEY: VALUE are needed here",
		"\n\nword":               "f:3: lines of the form KEY: VALUE are needed here",
		"text: [":                "f:1: invalid YAML: did not find expected node content",
		"a: b: c":                "f: invalid YAML: mapping values are not allowed in this context",
		"text: x\n  bool: true":  "f:2: invalid YAML: mapping values are not allowed in this context",
		"text: x\n\ttext: y":     "f:2: invalid YAML: found a tab character that violates indentation",
		"text: \x00":             "f: invalid YAML: control characters are not allowed",
		"text: \xff":             "f: invalid YAML: invalid leading UTF-8 octet",
		"text: x\n---\ntext: y":  "f:2: a second document begins here; only one is allowed",
		"text: x\n---\n[":        "f:3: invalid YAML: did not find expected node content",
		"text: a\ntxet: b":       "f:2: txet: unknown key; allowed are text, words, bool, list, map",
		"text: a\ntext: b":       "f:2: text: this key is already in line 1; remove one of them",
		"text: a\n'text': b":     "f:2: text: this key is already in line 1; remove one of them",
		"map:\n  a: 1\n  a: 2":   "f:3: map: a: this key is already in line 2; remove one of them",
		"text:":                  "f:1: text: the value is missing; write a text, or remove the key",
		"text: ''":               "f:1: text: a text is needed here, or remove the key",
		"text: [a]":              "f:1: text: a text is needed here",
		"text: {a: b}":           "f:1: text: a text is needed here",
		"words:":                 "f:1: words: the value is missing; write a text, or remove the key",
		"bool: yes":              `f:1: bool: "yes" is invalid; write true or false`,
		"bool: True":             `f:1: bool: "True" is invalid; write true or false`,
		"bool: 1":                `f:1: bool: "1" is invalid; write true or false`,
		"bool: 'true'":           `f:1: bool: "true" is invalid; write true or false`,
		"bool:":                  `f:1: bool: "" is invalid; write true or false`,
		"bool: [true]":           "f:1: bool: true or false is needed here",
		"list: a":                "f:1: list: a list is needed here, such as [a, b] ([] for none)",
		"list:":                  "f:1: list: a list is needed here, such as [a, b] ([] for none)",
		"list:\n- a\n-\n":        "f:3: list: the value is missing; write a text, or remove the key",
		"map: [a]":               "f:1: map: lines of the form NAME: VALUE are needed here ({} for none)",
		"map: {[a]: b}":          "f:1: map: a name is needed before the colon",
		"map: {? : b}":           "f:1: map: : the value is missing; write a text, or remove the key",
		"text: &a x":             "f:1: text: " + anchors,
		"list: &a [x]":           "f:1: list: " + anchors,
		"list: [&a x, *a]":       "f:1: list: " + anchors + "\nf:1: list: " + anchors,
		"map: {a: &x y, *x : z}": "f:1: map: " + anchors + "\nf:1: map: a: " + anchors,
		"<<: {text: x}":          "f:1: " + tags, // not merged
		"text: !!binary aGk=":    "f:1: text: " + tags,
		"text: !secret x":        "f:1: text: " + tags,
		"bool: x\ntext: [a]\nz:": `f:1: bool: "x" is invalid; write true or false` + "\nf:2: text: a text is needed here\nf:3: z: unknown key; allowed are text, words, bool, list, map",
	} {
		_, err := read(text)
		if err == nil || err.Error() != wanted {
			t.Errorf("%q:\n%v\nnot\n%s", text, err, wanted)
		}
		var m *yamlform.Mistake
		if !errors.As(err, &m) {
			t.Errorf("%q: %v is not a Mistake", text, err)
		}
	}
}

// TestMistakesAreBounded: in their number and in the length of quotes.
func TestMistakesAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "key%d: x\n", i)
	}
	_, err := read(many.String())
	if list := err.(interface{ Unwrap() []error }).Unwrap(); len(list) != 20 || list[19].Error() != "f: there are more mistakes; fix these first" {
		t.Errorf("%d mistakes: %v", len(list), err)
	}
	long := strings.Repeat("ä", 10000)
	for _, text := range []string{"bool: " + long, long + ": x", "map: {" + long + ": [a]}", "map: {\"a\\nb\": [a]}"} {
		if _, err := read(text); err == nil || len(err.Error()) > 400 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20s: %v", text, err)
		}
	}
}

// TestAliasesDoNotExpand: a short file that would expand to billions of values is
// refused.
func TestAliasesDoNotExpand(t *testing.T) {
	text := "list: &a [x, x, x, x, x, x, x, x]\n"
	for i := range 20 {
		text += fmt.Sprintf("k%d: &b%d [*a, *a, *a, *a, *a, *a, *a, *a]\n", i, i)
	}
	if _, err := read(text); err == nil {
		t.Error("the file was accepted")
	}
}
