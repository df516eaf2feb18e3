package yamlform

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Value is something in a file, with the keys that lead to it. Its methods note
// a mistake when it has another form than they return, and return nothing then.
type Value struct {
	doc  *Document
	node *yaml.Node
	key  string
}

// Pair is a name in a mapping, and what stands behind it.
type Pair struct {
	Name  Value
	Value Value
}

// Mistake notes that this value is not right.
func (v Value) Mistake(format string, args ...any) {
	v.doc.note(v.node.Line, v.key, format, args...)
}

// Line is where the value begins, counted from 1.
func (v Value) Line() int { return v.node.Line }

// Shown is the value in quotes, shortened, for the text of a mistake.
func (v Value) Shown() string { return quote(v.node.Value) }

// Null reports whether nothing stands behind the key.
func (v Value) Null() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null"
}

// Text returns the text of a scalar: numbers and such count by how they are
// written. It is never empty without a mistake.
func (v Value) Text() string {
	text, ok := v.Words()
	if ok && text == "" {
		v.Mistake("a text has to stand here, or leave the key out")
	}
	return text
}

// Words is Text, but an empty text in quotes is one, too.
func (v Value) Words() (string, bool) {
	switch {
	case v.Null():
		v.Mistake("nothing stands here; write a text, or leave the key out")
		return "", false
	case !v.plain(yaml.ScalarNode, "a text has to stand here"):
		return "", false
	}
	return v.node.Value, true
}

// Bool returns true or false; YAML's older words for them are mistakes.
func (v Value) Bool() bool {
	if !v.plain(yaml.ScalarNode, "true or false has to stand here") {
		return false
	}
	if v.node.ShortTag() != "!!bool" || v.node.Value != "true" && v.node.Value != "false" {
		v.Mistake("%s stands here; true or false is allowed", v.Shown())
		return false
	}
	return v.node.Value == "true"
}

// List returns the values of a list; it is not nil when the list is right.
func (v Value) List() []Value {
	if !v.plain(yaml.SequenceNode, "a list has to stand here, such as [a, b] ([] for none)") {
		return nil
	}
	values := make([]Value, 0, len(v.node.Content))
	for _, n := range v.node.Content {
		values = append(values, Value{doc: v.doc, node: n, key: v.key})
	}
	return values
}

// Pairs returns the pairs of a mapping in the file's order, the second of two
// equal names not among them.
func (v Value) Pairs() []Pair {
	if !v.plain(yaml.MappingNode, "lines of the form NAME: VALUE have to stand here ({} for none)") {
		return nil
	}
	pairs := make([]Pair, 0, len(v.node.Content)/2)
	seen := make(map[string]int, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		name := Value{doc: v.doc, node: v.node.Content[i], key: v.key}
		if !name.plain(yaml.ScalarNode, "a name has to stand before the colon") {
			continue
		}
		value := Value{doc: v.doc, node: v.node.Content[i+1], key: below(v.key, name.node.Value)}
		name.key = value.key
		if line, twice := seen[name.node.Value]; twice {
			name.Mistake("this stands in line %d, too; leave one of them", line)
			continue
		}
		seen[name.node.Value] = name.node.Line
		pairs = append(pairs, Pair{Name: name, Value: value})
	}
	return pairs
}

// Fields returns the values of a mapping by their names. A name that is not
// among the allowed ones is a mistake. Fields that are not there are not in the map.
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
		p.Name.Mistake("there is no such key here; allowed are %s", strings.Join(allowed, ", "))
	}
	return fields
}

// plain notes a mistake unless the value is of this kind, and written without
// what makes a file say more than one sees.
func (v Value) plain(kind yaml.Kind, wanted string) bool {
	switch {
	case v.node.Kind == yaml.AliasNode || v.node.Anchor != "":
		v.Mistake("anchors and aliases (& and *) are not taken; write it out, and put what begins with & or * in quotes")
	case v.node.Kind != kind:
		v.Mistake("%s", wanted)
	case v.node.Style&yaml.TaggedStyle != 0 || v.node.ShortTag() == "!!merge":
		v.Mistake("tags and merge keys (! and <<) are not taken; put what begins with them in quotes")
	default:
		return true
	}
	return false
}

// below is a key below others; what a file has as a name is shown bounded.
func below(key, name string) string {
	if len(name) > 60 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		name = quote(name)
	}
	if key == "" {
		return name
	}
	return fmt.Sprintf("%s: %s", key, name)
}
