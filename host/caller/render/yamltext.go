package render

import (
	"strings"
	"unicode"
)

// Strings that readers of YAML 1.1 would not read as strings. The library is one of
// YAML 1.2 and quotes only what YAML 1.2 would misread; here are the rest. Quotes
// around a string that does not need them do no harm.

// isWord reports whether s is a boolean, null, the default value or the merge key.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".inf", ".nan", "+.inf", "-.inf":
		return true
	}
	return false
}

// isNumber reports whether s is a number in the base 2, 8, 10, 16 or 60, with _
// between digits. An IP address has more than one dot and is not a number.
func isNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("box", s[1]) >= 0 {
		return only(s[2:], "0123456789abcdefABCDEF_")
	}
	digits, exponent := s, ""
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		digits, exponent = s[:at], s[at+1:]
	}
	return strings.ContainsAny(digits, "0123456789") && only(digits, "0123456789_:.") && strings.Count(digits, ".") <= 1 &&
		only(exponent, "+-0123456789")
}

// isDate reports whether s begins like 2026-01-31 or 2026-1-1.
func isDate(s string) bool {
	day, _, _ := strings.Cut(s, " ")
	day, _, _ = strings.Cut(day, "T")
	day, _, _ = strings.Cut(day, "t")
	return len(day) >= len("2026-1-1") && len(day) <= len("2026-01-31") && day[4] == '-' && strings.Count(day, "-") == 2 && only(day,
		"0123456789-")
}

func only(s, characters string) bool { return strings.Trim(s, characters) == "" }

// printable reports whether a string can be in YAML without escapes and keeps its
// blanks, also in a block, where blanks at the start of a line are indentation.
func printable(s string) bool {
	if strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\n") || strings.HasSuffix(s, " ") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	for _, r := range s {
		if r != '\n' && !unicode.IsPrint(r) || r == '\ufeff' {
			return false
		}
	}
	return !strings.Contains(s, " \n")
}
