package yamlform_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"liveapi.host/host/accounts/yamlform"
)

// read takes a form with one field of each type.
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
	const empty = "f: the file is empty, as one that is half written is; if nothing is to be said, write: {}"
	const anchors = "anchors and aliases (& and *) are not taken; write it out, and put what begins with & or * in quotes"
	const tags = "tags and merge keys (! and <<) are not taken; put what begins with them in quotes"
	for text, wanted := range map[string]string{
		"":                       empty,
		" \n\n":                  empty,
		"# only a comment\n":     empty,
		"---\n":                  empty,
		"null":                   empty,
		"~":                      empty,
		"- a":                    "f:1: lines of the form KEY: VALUE have to stand here",
		"\n\nword":               "f:3: lines of the form KEY: VALUE have to stand here",
		"text: [":                "f:1: this is no YAML: did not find expected node content",
		"a: b: c":                "f: this is no YAML: mapping values are not allowed in this context",
		"text: x\n  bool: true":  "f:2: this is no YAML: mapping values are not allowed in this context",
		"text: x\n\ttext: y":     "f:2: this is no YAML: found a tab character that violates indentation",
		"text: \x00":             "f: this is no YAML: control characters are not allowed",
		"text: \xff":             "f: this is no YAML: invalid leading UTF-8 octet",
		"text: x\n---\ntext: y":  "f:2: a second document begins here; there may be one",
		"text: x\n---\n[":        "f:3: this is no YAML: did not find expected node content",
		"text: a\ntxet: b":       "f:2: txet: there is no such key here; allowed are text, words, bool, list, map",
		"text: a\ntext: b":       "f:2: text: this stands in line 1, too; leave one of them",
		"text: a\n'text': b":     "f:2: text: this stands in line 1, too; leave one of them",
		"map:\n  a: 1\n  a: 2":   "f:3: map: a: this stands in line 2, too; leave one of them",
		"text:":                  "f:1: text: nothing stands here; write a text, or leave the key out",
		"text: ''":               "f:1: text: a text has to stand here, or leave the key out",
		"text: [a]":              "f:1: text: a text has to stand here",
		"text: {a: b}":           "f:1: text: a text has to stand here",
		"words:":                 "f:1: words: nothing stands here; write a text, or leave the key out",
		"bool: yes":              `f:1: bool: "yes" stands here; true or false is allowed`,
		"bool: True":             `f:1: bool: "True" stands here; true or false is allowed`,
		"bool: 1":                `f:1: bool: "1" stands here; true or false is allowed`,
		"bool: 'true'":           `f:1: bool: "true" stands here; true or false is allowed`,
		"bool:":                  `f:1: bool: "" stands here; true or false is allowed`,
		"bool: [true]":           "f:1: bool: true or false has to stand here",
		"list: a":                "f:1: list: a list has to stand here, such as [a, b] ([] for none)",
		"list:":                  "f:1: list: a list has to stand here, such as [a, b] ([] for none)",
		"list:\n- a\n-\n":        "f:3: list: nothing stands here; write a text, or leave the key out",
		"map: [a]":               "f:1: map: lines of the form NAME: VALUE have to stand here ({} for none)",
		"map: {[a]: b}":          "f:1: map: a name has to stand before the colon",
		"map: {? : b}":           "f:1: map: : nothing stands here; write a text, or leave the key out",
		"text: &a x":             "f:1: text: " + anchors,
		"list: &a [x]":           "f:1: list: " + anchors,
		"list: [&a x, *a]":       "f:1: list: " + anchors + "\nf:1: list: " + anchors,
		"map: {a: &x y, *x : z}": "f:1: map: " + anchors + "\nf:1: map: a: " + anchors,
		"<<: {text: x}":          "f:1: " + tags, // not merged
		"text: !!binary aGk=":    "f:1: text: " + tags,
		"text: !secret x":        "f:1: text: " + tags,
		"bool: x\ntext: [a]\nz:": `f:1: bool: "x" stands here; true or false is allowed` + "\nf:2: text: a text has to stand here\nf:3: z: there is no such key here; allowed are text, words, bool, list, map",
	} {
		_, err := read(text)
		if err == nil || err.Error() != wanted {
			t.Errorf("%q:\n%v\nnot\n%s", text, err, wanted)
		}
		var m *yamlform.Mistake
		if !errors.As(err, &m) {
			t.Errorf("%q: %v is no Mistake", text, err)
		}
	}
}

// TestMistakesAreBounded: in number, and in what they quote.
func TestMistakesAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "key%d: x\n", i)
	}
	_, err := read(many.String())
	if list := err.(interface{ Unwrap() []error }).Unwrap(); len(list) != 20 || list[19].Error() != "f: there are more mistakes; mend these first" {
		t.Errorf("%d mistakes: %v", len(list), err)
	}
	long := strings.Repeat("ä", 10000)
	for _, text := range []string{"bool: " + long, long + ": x", "map: {" + long + ": [a]}", "map: {\"a\\nb\": [a]}"} {
		if _, err := read(text); err == nil || len(err.Error()) > 400 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20s: %v", text, err)
		}
	}
}

// TestAliasesDoNotUnfold: a file of a few lines that stands for billions.
func TestAliasesDoNotUnfold(t *testing.T) {
	text := "list: &a [x, x, x, x, x, x, x, x]\n"
	for i := range 20 {
		text += fmt.Sprintf("k%d: &b%d [*a, *a, *a, *a, *a, *a, *a, *a]\n", i, i)
	}
	if _, err := read(text); err == nil {
		t.Error("it is taken")
	}
}
