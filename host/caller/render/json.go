package render

import "strings"

// paintJSON paints valid JSON and changes nothing else in it.
func paintJSON(raw []byte, p Palette) []byte {
	if p == (Palette{}) {
		return append([]byte(nil), raw...)
	}
	var out strings.Builder
	s := scanner{palette: p, out: &out}
	for i := 0; i < len(raw); {
		i += s.token(raw[i:])
	}
	return []byte(out.String())
}

// scanner goes through JSON token by token.
type scanner struct {
	palette Palette
	out     *strings.Builder
	open    []bool // for each object and array around the token: is it the envelope's errors?
	failure bool   // the value that comes next is one of the envelope's errors
}

// token copies the token at the beginning of rest and returns its length.
func (s *scanner) token(rest []byte) int {
	n := 1
	switch c := rest[0]; {
	case c == '"':
		n = stringEnd(rest)
		s.string(string(rest[:n]), isName(rest[n:]))
		return n
	case c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
		for n < len(rest) && !strings.ContainsRune(",]} \n\t\r", rune(rest[n])) {
			n++
		}
		k := number
		if c == 'n' {
			k = null
		}
		s.out.WriteString(paint(s.palette.of(k, s.failure), string(rest[:n])))
		return n
	case c == '{' || c == '[':
		s.open = append(s.open, s.failure)
	case c == '}' || c == ']':
		s.open = s.open[:len(s.open)-1]
	case c != ',': // a colon or a blank
		s.out.WriteByte(c)
		return n
	}
	s.failure = len(s.open) > 0 && s.open[len(s.open)-1]
	s.out.WriteByte(rest[0])
	return n
}

func (s *scanner) string(quoted string, name bool) {
	if !name {
		s.out.WriteString(paint(s.palette.of(text, s.failure), quoted))
		return
	}
	s.out.WriteString(paint(s.palette.Key, quoted))
	s.failure = s.failure || role(strings.Trim(quoted, `"`), len(s.open))
}

// stringEnd returns the length of the string at the beginning of rest.
func stringEnd(rest []byte) int {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(rest)
}

// isName reports whether the string before rest was a member's name.
func isName(rest []byte) bool { return len(rest) > 0 && rest[0] == ':' }
