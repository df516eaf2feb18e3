package render

import (
	"strings"
	"unicode"
)

// What readers of YAML 1.1 take for something other than a string. The library,
// which is one of YAML 1.2, quotes what it would itself read as no string; these
// are the rest. A string too many in quotes does no harm.

// isWord knows the booleans, null, the default value and the merge key.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".inf", ".nan", "+.inf", "-.inf":
		return true
	}
	return false
}

// isNumber knows numbers in the bases 2, 8, 10, 16 and 60, with _ between digits.
// An IP address, which has more than one dot, is none.
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

// isDate knows what begins like 2026-01-31 or 2026-1-1.
func isDate(s string) bool {
	day, _, _ := strings.Cut(s, " ")
	day, _, _ = strings.Cut(day, "T")
	day, _, _ = strings.Cut(day, "t")
	return len(day) >= len("2026-1-1") && len(day) <= len("2026-01-31") && day[4] == '-' && strings.Count(day, "-") == 2 && only(day, "0123456789-")
}

func only(s, characters string) bool { return strings.Trim(s, characters) == "" }

// printable reports whether a string may stand in YAML without escapes and keeps
// its blanks there: also in a block, whose lines are told apart by indentation.
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
