package uapi

import (
	"errors"

	"liveapi.host/protocol/internal/jsontext"
)

// How deep JSON may be nested before it is refused: a module's data, because the
// decoders of PHP and Perl fail at 512 levels, envelopes included; and arguments (W14).
const (
	maxDataDepth = 480
	maxArgsDepth = 32
)

// ErrTooLarge is in the chain of the error for a result whose envelope would be
// larger than its limit (W15).
var ErrTooLarge = errors.New("the result is larger than a reply may be (W15)")

var errNotJSON = errors.New("it is not JSON, or is nested too deep (U1)")

// appendCompact appends the JSON value src, checked, compact (U2) and escaped for
// the wire (W8). Bytes that are not UTF-8 and escapes of half a surrogate
// pair become U+FFFD, since many decoders refuse the whole reply for one of them.
// dst may grow to limit bytes; 0 means any number.
func appendCompact(dst, src []byte, limit int) ([]byte, error) {
	w := jsontext.Walker{Src: src, Dst: dst, Depth: maxDataDepth, Mode: jsontext.Copy | jsontext.Escape, Limit: limit}
	switch {
	case w.Whole():
		return w.Dst, nil
	case w.Full:
		return dst, ErrTooLarge
	}
	return dst, errNotJSON
}
