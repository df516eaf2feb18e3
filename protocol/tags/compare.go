package tags

import (
	"cmp"
	"strings"
)

// compare returns -1, 0 or 1 if x is less than, equal to or greater than y: by value
// when both are numbers, else byte by byte.
func compare(x, y string) int {
	a, isNumber := readNumber(x)
	if b, too := readNumber(y); isNumber && too {
		return a.compare(b)
	}
	return strings.Compare(x, y)
}

// number is a decimal number: its digits without leading zeros before the point
// and without trailing zeros after it. So a comparison is exact and takes linear time
// at any length. Zero is never negative.
type number struct {
	negative        bool
	whole, fraction string
}

// readNumber reads an optional sign, digits, and an optional fraction. Digits may
// be missing on one side of the point.
func readNumber(s string) (number, bool) {
	var n number
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative, s = s[0] == '-', s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if whole+fraction == "" || !digits(whole) || !digits(fraction) {
		return number{}, false
	}
	n.whole, n.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if n.whole == "" && n.fraction == "" {
		n.negative = false
	}
	return n, true
}

func digits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func (n number) compare(m number) int {
	if n.negative != m.negative {
		if n.negative {
			return -1
		}
		return 1
	}
	order := cmp.Or(cmp.Compare(len(n.whole), len(m.whole)), strings.Compare(n.whole, m.whole), strings.Compare(n.fraction, m.fraction))
	if n.negative {
		return -order
	}
	return order
}
