package jsontext

// IsSpace reports whether c is white space between JSON's tokens.
func IsSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// Number returns the end of the number that starts at i, or -1.
func Number(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	default:
		return -1
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = digits(b, from); i == from {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		from := i + 1
		if from < len(b) && (b[from] == '+' || b[from] == '-') {
			from++
		}
		if i = digits(b, from); i == from {
			return -1
		}
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// Literal returns the end of true, false or null at i, or -1.
func Literal(b []byte, i int) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
			return i + len(word)
		}
	}
	return -1
}

// Unescape describes the escape sequence whose backslash is at i. size is its
// length, 12 for a surrogate pair, 0 when it is invalid; lone says that it is half
// a surrogate pair, which is not a character (char is then U+FFFD, size 6).
func Unescape(b []byte, i int) (char rune, size int, lone bool) {
	if i+1 >= len(b) {
		return 0, 0, false
	}
	switch b[i+1] {
	case '"', '\\', '/':
		return rune(b[i+1]), 2, false
	case 'b':
		return '\b', 2, false
	case 'f':
		return '\f', 2, false
	case 'n':
		return '\n', 2, false
	case 'r':
		return '\r', 2, false
	case 't':
		return '\t', 2, false
	case 'u':
	default:
		return 0, 0, false
	}
	first := hex4(b, i+2)
	switch {
	case first < 0:
		return 0, 0, false
	case first < 0xd800 || first > 0xdfff:
		return first, 6, false
	case first < 0xdc00 && i+7 < len(b) && b[i+6] == '\\' && b[i+7] == 'u':
		if second := hex4(b, i+8); second >= 0xdc00 && second <= 0xdfff {
			return (first-0xd800)<<10 | (second - 0xdc00) + 0x10000, 12, false
		}
	}
	return 0xfffd, 6, true
}

// hex4 reads four hexadecimal digits; it returns -1 when there are not four.
func hex4(b []byte, i int) rune {
	if i+4 > len(b) {
		return -1
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
