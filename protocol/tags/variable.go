package tags

import "strings"

// Variables looks up the variables of a host.
type Variables interface {
	// Lookup returns the value of $name, with key "", or of $name{'key'}. ok is
	// false when there is no such variable. It is called once for each mention, in
	// their order, so it must be fast. name has at most 64 bytes, key at most 256.
	Lookup(name, key string) (value string, ok bool)
}

const (
	maxName = 64  // bytes of a variable's name
	maxKey  = 256 // bytes of a key
)

// mention is a use of a variable in a text.
type mention struct {
	name, key string
	keyed     bool
}

// scanMention reads the mention at the start of text; text[0] is the dollar sign.
// size is its length in bytes, 0 when the text does not begin with a variable.
func scanMention(text string) (m mention, size int) {
	s := text[1:]
	braced := strings.HasPrefix(s, "{")
	if braced {
		s = s[1:]
	}
	n := 0
	for n < len(s) && (isLetter(s[n]) || s[n] == '_' || n > 0 && isDigit(s[n])) {
		n++
	}
	if n == 0 {
		return mention{}, 0
	}
	m.name, s = s[:n], s[n:]
	if strings.HasPrefix(s, "{") {
		key, rest, ok := scanKey(s[1:])
		if !ok {
			return mention{}, 0
		}
		m.key, m.keyed, s = key, true, rest
	}
	if braced {
		if !strings.HasPrefix(s, "}") {
			return mention{}, 0
		}
		s = s[1:]
	}
	return m, len(text) - len(s)
}

// scanKey reads a key and its closing brace; text begins after the opening one.
func scanKey(text string) (key, rest string, ok bool) {
	s := strings.TrimLeft(text, blanks)
	switch {
	case s == "":
		return "", "", false
	case s[0] == '\'' || s[0] == '"':
		if key, s, ok = strings.Cut(s[1:], s[:1]); !ok {
			return "", "", false
		}
	default:
		n := 0
		for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || strings.IndexByte("_.-", s[n]) >= 0) {
			n++
		}
		if n == 0 {
			return "", "", false
		}
		key, s = s[:n], s[n:]
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(s, blanks), "}")
	return key, rest, ok
}

// value is the text that replaces the mention.
func (m mention) value(vars Variables) string {
	if len(m.name) > maxName || len(m.key) > maxKey || m.keyed && m.key == "" {
		return ""
	}
	value, ok := vars.Lookup(m.name, m.key)
	if !ok {
		return ""
	}
	return value
}

// blanks are the separators, the same as JSON's white space.
const blanks = " \t\r\n"

func isBlank(c byte) bool  { return strings.IndexByte(blanks, c) >= 0 }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
