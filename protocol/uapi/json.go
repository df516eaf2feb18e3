package uapi

import "liveapi.host/protocol/internal/jsontext"

// How deep JSON may be nested before it is refused: a module's, because the
// decoders of PHP and Perl stop at 512, envelopes included; and arguments (W14).
const (
	maxDataDepth = 480
	maxArgsDepth = 32
)

// appendCompact appends the JSON value src, checked and compact (U2). Bytes that
// are not UTF-8 and escapes of half a surrogate pair become U+FFFD, since many
// decoders refuse the whole reply for one of them.
func appendCompact(dst, src []byte) ([]byte, bool) {
	w := jsontext.Walker{Src: src, Dst: dst, Depth: maxDataDepth, Mode: jsontext.Copy}
	if !w.Whole() {
		return dst, false
	}
	return w.Dst, true
}
