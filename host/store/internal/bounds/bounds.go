// Package bounds has the bounds of keys, values and lists for every engine of package
// store, and computes the range of a prefix. It stores nothing: the
// engines do, and they check with it.
package bounds

import (
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
)

// Bounds of an engine: those of a module's own keys and values, and the bytes that the
// views and the sealing add.
const (
	MaxKey   = protocol.MaxKey + maxModule + 1 + protocol.MaxAccount + 1
	MaxValue = protocol.MaxValue + Seal

	// Seal is how many bytes sealing adds to a value.
	Seal = 1 + 4 + 24 + 16

	maxModule = 64 // W16
)

// Key returns an error for an invalid key. The error does not quote the key, which may
// contain anything.
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

// Value returns an error for a value that is too long.
func Value(value []byte, limit int) error {
	if len(value) > limit {
		return protocol.Errorf(protocol.CodeInvalid, "a value has at most %d bytes, this one has %d", limit, len(value))
	}
	return nil
}

// Limit returns an error for an invalid limit of a list.
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

// Span returns the range of the keys that have the prefix and are greater than after:
// from inclusive, to exclusive.
func Span(prefix, after string) (from, to []byte) {
	from = []byte(prefix)
	if after >= prefix {
		from = append([]byte(after), 0) // the smallest greater string
	}
	return from, append([]byte(prefix), 0xff) // keys are UTF-8, which does not have this byte
}
