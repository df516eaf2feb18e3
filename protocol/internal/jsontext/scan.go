package jsontext

import (
	"encoding/binary"
	"math/bits"
)

// How a Walker skips a string's ordinary bytes, eight at a time.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns the position of the first byte at or after i that a walker of valid
// UTF-8 must not skip: a quote, a backslash or a control character. It tests eight
// bytes at a time: in each test the lowest byte with its high bit set is a true hit;
// a carry may set the bits above it.
func plain(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^('"'*ones), x^('\\'*ones)
		hit := ((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((x - 0x20*ones) &^ x)
		if hit &= highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
		i += 8
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 {
		i++
	}
	return i
}

// harmless also stops at the characters that W8 escapes and at every byte above ASCII.
func harmless(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		slash := x ^ ('\\' * ones)
		quote := (x | 4*ones) ^ ('&' * ones) // '"' and '&' differ in one bit
		angle := (x | 2*ones) ^ ('>' * ones) // '<' and '>' too
		hit := ((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((angle - ones) &^ angle) | ((x - 0x20*ones) &^ x) | x
		if hit &= highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
		i += 8
	}
	for i < len(b) {
		switch c := b[i]; {
		case c < 0x20, c >= 0x80, c == '"', c == '\\', c == '&', c == '<', c == '>':
			return i
		}
		i++
	}
	return i
}
