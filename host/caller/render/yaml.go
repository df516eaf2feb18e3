package render

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// longText is the length in bytes from which a text of several words is written
// below its key instead of on the same line.
const longText = 100

// YAML prints the object as one YAML document. Readers of YAML 1.1 and 1.2 read the
// same from it: a string that one of them would misread, such as yes, 0777 or
// 2026-01-01, is quoted.
func YAML(object json.RawMessage, p Palette) ([]byte, error) {
	v, err := parse(object)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("---\n")
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node(v)); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return paintYAML(out.Bytes(), p), nil
}

func node(v value) *yaml.Node {
	switch v.kind {
	case object:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for i, name := range v.names {
			n.Content = append(n.Content, key(name), node(v.items[i]))
		}
		return n
	case list:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v.items {
			n.Content = append(n.Content, node(item))
		}
		return n
	case text:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v.text, Style: style(v.text)}
	}
	// Without a tag the literal text is written as it is, however big a number is.
	return &yaml.Node{Kind: yaml.ScalarNode, Value: v.text}
}

// key is a member's name, which stays on one line.
func key(name string) *yaml.Node {
	look := style(name)
	if look&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		look = yaml.DoubleQuotedStyle
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Style: look}
}

// style returns how a string is written: without quotes when that is safe.
func style(s string) yaml.Style {
	switch {
	case s == "" || !printable(s) || isWord(s) || isNumber(s) || isDate(s):
		return yaml.DoubleQuotedStyle
	case strings.Contains(s, "\n"):
		return yaml.LiteralStyle
	case len(s) > longText && strings.Contains(s, " "):
		return yaml.FoldedStyle
	}
	return 0
}
