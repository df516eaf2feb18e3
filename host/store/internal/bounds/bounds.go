// Package bounds is what every engine of package store takes: keys, values and
// lists, and the range of a prefix. It looks at no more of them than that.
package bounds

import (
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
)

// What an engine takes: the bounds of a module's own keys and values, and what
// the views and the sealing add to them.
const (
	MaxKey   = protocol.MaxKey + maxModule + 1 + protocol.MaxAccount + 1
	MaxValue = protocol.MaxValue + Seal

	// Seal is how many bytes a sealed record has more than its value.
	Seal = 1 + 4 + 24 + 16

	maxModule = 64 // W16
)

// Key reports what is wrong with a key, never quoting it: a key that is
// refused may hold anything.
func Key(key string, limit int) error {
	switch {
	case key == "":
		return protocol.Errorf(protocol.CodeInvalid, "a key must not be empty")
	case len(key) > limit:
		return protocol.Errorf(protocol.CodeInvalid, "a key has at most %d bytes, this one has %d", limit, len(key))
	case !Plain(key):
		return protocol.Errorf(protocol.CodeInvalid, "a key is UTF-8 without control characters")
	}
	return nil
}

// Value reports what is wrong with a value.
func Value(value []byte, limit int) error {
	if len(value) > limit {
		return protocol.Errorf(protocol.CodeInvalid, "a value has at most %d bytes, this one has %d", limit, len(value))
	}
	return nil
}

// Limit reports what is wrong with the limit of a list.
func Limit(limit int) error {
	if limit < 1 || limit > protocol.MaxList {
		return protocol.Errorf(protocol.CodeInvalid, "a list is limited to 1 to %d records, not %d", protocol.MaxList, limit)
	}
	return nil
}

// Plain reports whether s is valid UTF-8 without control characters
// (U+0000 to U+001F, U+007F to U+009F).
func Plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// Span returns the bytes from which and up to which, exclusive, the keys lie
// that have the prefix and are greater than after.
func Span(prefix, after string) (from, to []byte) {
	from = []byte(prefix)
	if after >= prefix {
		from = append([]byte(after), 0) // the least string that is greater
	}
	return from, append([]byte(prefix), 0xff) // keys are UTF-8, which has no such byte
}
