package yamlform

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Value is a value in a file, with the keys that lead to it. A method that returns
// a Go value notes a mistake and returns the zero value when the file's value has
// another type.
type Value struct {
	doc  *Document
	node *yaml.Node
	key  string
}

// Pair is a name in a mapping, and its value.
type Pair struct {
	Name  Value
	Value Value
}

// Mistake notes a mistake in this value.
func (v Value) Mistake(format string, args ...any) {
	v.doc.note(v.node.Line, v.key, format, args...)
}

// Line is where the value begins, counted from 1.
func (v Value) Line() int { return v.node.Line }

// Shown is the value in quotes, shortened, for the text of a mistake.
func (v Value) Shown() string { return quote(v.node.Value) }

// Null reports whether the value is missing or null.
func (v Value) Null() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null"
}

// Text returns the text of a scalar; a number or date is returned as it is
// written. An empty text is a mistake.
func (v Value) Text() string {
	text, ok := v.Words()
	if ok && text == "" {
		v.Mistake("a text is needed here, or remove the key")
	}
	return text
}

// Words is like Text, but allows an empty text in quotes.
func (v Value) Words() (string, bool) {
	switch {
	case v.Null():
		v.Mistake("the value is missing; write a text, or remove the key")
		return "", false
	case !v.plain(yaml.ScalarNode, "a text is needed here"):
		return "", false
	}
	return v.node.Value, true
}

// Bool returns true or false; YAML's older words, such as yes and no, are mistakes.
func (v Value) Bool() bool {
	if !v.plain(yaml.ScalarNode, "true or false is needed here") {
		return false
	}
	if v.node.ShortTag() != "!!bool" || v.node.Value != "true" && v.node.Value != "false" {
		v.Mistake("%s is invalid; write true or false", v.Shown())
		return false
	}
	return v.node.Value == "true"
}

// List returns the values of a list; it is nil only after a mistake.
func (v Value) List() []Value {
	if !v.plain(yaml.SequenceNode, "a list is needed here, such as [a, b] ([] for none)") {
		return nil
	}
	values := make([]Value, 0, len(v.node.Content))
	for _, n := range v.node.Content {
		values = append(values, Value{doc: v.doc, node: n, key: v.key})
	}
	return values
}

// Pairs returns the pairs of a mapping in the file's order. A duplicate name is a
// mistake, and its pair is left out.
func (v Value) Pairs() []Pair {
	if !v.plain(yaml.MappingNode, "lines of the form NAME: VALUE are needed here ({} for none)") {
		return nil
	}
	pairs := make([]Pair, 0, len(v.node.Content)/2)
	seen := make(map[string]int, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		name := Value{doc: v.doc, node: v.node.Content[i], key: v.key}
		if !name.plain(yaml.ScalarNode, "a name is needed before the colon") {
			continue
		}
		value := Value{doc: v.doc, node: v.node.Content[i+1], key: below(v.key, name.node.Value)}
		name.key = value.key
		if line, twice := seen[name.node.Value]; twice {
			name.Mistake("this key is already in line %d; remove one of them", line)
			continue
		}
		seen[name.node.Value] = name.node.Line
		pairs = append(pairs, Pair{Name: name, Value: value})
	}
	return pairs
}

// Fields returns the values of a mapping by name. A name that is not allowed is a
// mistake. The map has only the fields that the file has.
func (v Value) Fields(allowed ...string) map[string]Value {
	fields := make(map[string]Value)
next:
	for _, p := range v.Pairs() {
		for _, name := range allowed {
			if p.Name.node.Value == name {
				fields[name] = p.Value
				continue next
			}
		}
		p.Name.Mistake("unknown key; allowed are %s", strings.Join(allowed, ", "))
	}
	return fields
}

// plain notes a mistake unless the value is of this kind and has no anchor, alias,
// tag or merge key.
func (v Value) plain(kind yaml.Kind, wanted string) bool {
	switch {
	case v.node.Kind == yaml.AliasNode || v.node.Anchor != "":
		v.Mistake("anchors and aliases (& and *) are not supported; write the value out, and quote a text that begins with & or *")
	case v.node.Kind != kind:
		v.Mistake("%s", wanted)
	case v.node.Style&yaml.TaggedStyle != 0 || v.node.ShortTag() == "!!merge":
		v.Mistake("tags and merge keys (! and <<) are not supported; quote a text that begins with one of them")
	default:
		return true
	}
	return false
}

// below appends a name to a key for display; a long or unprintable name is quoted.
func below(key, name string) string {
	if len(name) > 60 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		name = quote(name)
	}
	if key == "" {
		return name
	}
	return fmt.Sprintf("%s: %s", key, name)
}
