package uapi

import (
	"bytes"
	"cmp"
)

// decimal is a number read from its text. Two decimals compare exactly:
// 9007199254740993 is not 9007199254740992, and no power of ten is too large. The
// value is sign × 0.LEADREST × 10^exp, without leading zeros.
type decimal struct {
	lead uint64 // the first leadDigits significant digits, padded with zeros
	rest []byte // the text after them: digits, and perhaps the point
	exp  int32
	sign int8 // -1, 0 or 1
}

const (
	leadDigits = 18 // these always fit into a uint64
	expDigits  = 9  // so that an exponent fits an int32 with the digits of any data
)

// parseDecimal reads a number: digits with an optional sign, an optional point and an
// optional exponent of up to nine digits. The decimal keeps a part of text.
func parseDecimal(text []byte) (d decimal, ok bool) {
	i := 0
	d.sign = 1
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		if text[i] == '-' {
			d.sign = -1
		}
		i++
	}
	digits, taken, whole := 0, 0, -1 // whole: how many significant digits are before the point
	zeros := 0                       // between the point and the first significant digit
	rest := 0                        // where the digits after those in lead begin
scan:
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '.' && whole < 0:
			whole = taken
		case c < '0' || c > '9':
			break scan
		default:
			digits++
			switch {
			case taken == 0 && c == '0':
				if whole >= 0 {
					zeros++
				}
				continue
			case taken < leadDigits:
				d.lead = d.lead*10 + uint64(c-'0')
				rest = i + 1
			}
			taken++
		}
	}
	if digits == 0 {
		return decimal{}, false
	}
	end := i
	exp, ok := parseExponent(text[i:])
	if !ok {
		return decimal{}, false
	}
	if taken == 0 {
		return decimal{}, true // zero has neither sign nor exponent
	}
	if whole < 0 {
		whole = taken
	}
	d.exp = exp + int32(whole-zeros)
	if taken > leadDigits {
		d.rest = text[rest:end]
	}
	for ; taken < leadDigits; taken++ {
		d.lead *= 10
	}
	return d, true
}

// parseExponent reads what follows a number's digits: nothing, or an exponent.
func parseExponent(text []byte) (exp int32, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0]|0x20 != 'e' {
		return 0, false
	}
	sign := int32(1)
	text = text[1:]
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if len(text) == 0 || len(text) > expDigits {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		exp = exp*10 + int32(c-'0')
	}
	return sign * exp, true
}

// compare returns -1, 0 or 1.
func (d *decimal) compare(e *decimal) int {
	if d.sign != e.sign || d.sign == 0 {
		return cmp.Compare(d.sign, e.sign)
	}
	order := cmp.Compare(d.exp, e.exp)
	if order == 0 {
		order = cmp.Compare(d.lead, e.lead)
	}
	if order == 0 && (d.rest != nil || e.rest != nil) {
		order = compareDigits(d.rest, e.rest)
	}
	return order * int(d.sign)
}

// compareDigits compares the digits after equal ones. It skips points and ignores
// zeros at the end.
func compareDigits(a, b []byte) int {
	digit := func(text []byte) (byte, []byte) {
		if len(text) > 0 && text[0] == '.' {
			text = text[1:]
		}
		if len(text) == 0 {
			return '0', nil
		}
		return text[0], text[1:]
	}
	if bytes.Equal(a, b) {
		return 0
	}
	for len(a) > 0 || len(b) > 0 {
		var x, y byte
		x, a = digit(a)
		y, b = digit(b)
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}
