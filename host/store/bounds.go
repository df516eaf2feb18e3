package store

import (
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
)

// What an engine takes: the bounds of a module's own keys and values, and what
// [Scope], [Whole] and [Sealed] add to them.
const (
	maxModule      = 64 // W16
	maxScope       = maxModule + 1 + protocol.MaxAccount + 1
	maxEngineKey   = protocol.MaxKey + maxScope
	maxEngineValue = protocol.MaxValue + sealOverhead
)

// checkKey reports what is wrong with a key, never quoting it: a key that is
// refused may hold anything.
func checkKey(key string, limit int) error {
	switch {
	case key == "":
		return protocol.Errorf(protocol.CodeInvalid, "a key must not be empty")
	case len(key) > limit:
		return protocol.Errorf(protocol.CodeInvalid, "a key has at most %d bytes, this one has %d", limit, len(key))
	case !plainText(key):
		return protocol.Errorf(protocol.CodeInvalid, "a key is UTF-8 without control characters")
	}
	return nil
}

func checkValue(value []byte, limit int) error {
	if len(value) > limit {
		return protocol.Errorf(protocol.CodeInvalid, "a value has at most %d bytes, this one has %d", limit, len(value))
	}
	return nil
}

func checkLimit(limit int) error {
	if limit < 1 || limit > protocol.MaxList {
		return protocol.Errorf(protocol.CodeInvalid, "a list is limited to 1 to %d records, not %d", protocol.MaxList, limit)
	}
	return nil
}

// plainText reports whether s is valid UTF-8 without control characters
// (U+0000 to U+001F, U+007F to U+009F).
func plainText(s string) bool {
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
