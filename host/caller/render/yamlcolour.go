package render

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// paintYAML paints YAML that the library has written. It parses the text with the
// library to find the keys and values; a text that cannot be parsed stays as it is.
func paintYAML(raw []byte, p Palette) []byte {
	var document yaml.Node
	if p == (Palette{}) || yaml.Unmarshal(raw, &document) != nil || len(document.Content) != 1 {
		return raw
	}
	s := &spans{palette: p}
	s.walk(document.Content[0], 1, false)
	return []byte(s.apply(strings.Split(string(raw), "\n")))
}

// span is a painted part of the text: width characters on its line; 0 means to the
// end of the line, and all lines of a block.
type span struct {
	line, column int // from 0
	width        int
	code         string
}

type spans struct {
	palette Palette
	list    []span // in the order of the text
}

func (s *spans) walk(n *yaml.Node, depth int, failure bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i], n.Content[i+1]
			s.add(key, s.palette.Key, width(key))
			s.walk(v, depth+1, failure || role(key.Value, depth))
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			s.walk(item, depth+1, failure)
		}
	case yaml.ScalarNode:
		k := number
		switch {
		case n.ShortTag() == "!!null":
			k = null
		case n.ShortTag() == "!!str":
			k = text
		}
		s.add(n, s.palette.of(k, failure), 0)
	}
}

func (s *spans) add(n *yaml.Node, code string, width int) {
	s.list = append(s.list, span{n.Line - 1, n.Column - 1, width, code})
}

// width returns the length of a key with its quotes but without escapes. A key with
// escapes is longer, so its end is not painted.
func width(key *yaml.Node) int {
	n := len([]rune(key.Value))
	if key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		n += 2
	}
	return n
}

func (s *spans) apply(lines []string) string {
	for i := len(s.list) - 1; i >= 0; i-- { // backwards, so that earlier columns stay valid
		at := s.list[i]
		runes := []rune(lines[at.line])
		if at.column >= len(runes) {
			continue
		}
		before, rest := string(runes[:at.column]), string(runes[at.column:])
		if at.width > 0 && at.width < len(runes)-at.column {
			rest = paint(at.code, string(runes[at.column:at.column+at.width])) + string(runes[at.column+at.width:])
		} else {
			s.block(lines, i)
			rest = paint(at.code, rest)
		}
		lines[at.line] = before + rest
	}
	return strings.Join(lines, "\n")
}

// block paints the lines of a block, up to the next span.
func (s *spans) block(lines []string, i int) {
	end := len(lines)
	if i+1 < len(s.list) {
		end = s.list[i+1].line
	}
	for line := s.list[i].line + 1; line < end; line++ {
		if text := strings.TrimLeft(lines[line], " "); text != "" && text != "-" {
			indent := len(lines[line]) - len(text)
			lines[line] = lines[line][:indent] + paint(s.list[i].code, text)
		}
	}
}
