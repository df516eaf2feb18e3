package uapi

import (
	"unicode/utf8"

	"liveapi.host/protocol/internal/grammar"
)

// How deep JSON may be nested before it is refused: a module's, because the
// decoders of PHP and Perl stop at 512, envelopes included; and arguments (W14).
const (
	maxDataDepth = 480
	maxArgsDepth = 32
)

// walker walks one JSON value. When it copies, that goes from src to dst without
// the white space outside strings, repaired where that is possible; bytes that
// need no change wait in src[from:pos]. When it is strict, what would need a
// repair is refused. Its methods return false when src is not JSON.
type walker struct {
	src       []byte
	pos, from int
	dst       []byte
	depth     int // how deep src may be nested
	copies    bool
	strict    bool
	escaped   bool // the last text had escapes, or needs a repair
}

// appendCompact appends the JSON value src, checked and compact (U2). Bytes that
// are not UTF-8 and escapes of half a surrogate pair become U+FFFD, since many
// decoders refuse the whole reply for one of them.
func appendCompact(dst, src []byte) ([]byte, bool) {
	w := walker{src: src, dst: dst, depth: maxDataDepth, copies: true}
	w.space()
	if !w.value(1) {
		return dst, false
	}
	if w.space(); w.pos != len(src) {
		return dst, false
	}
	w.put("", 0)
	return w.dst, true
}

// put copies what waits, then text, and leaves out the next skip bytes.
func (w *walker) put(text string, skip int) {
	if w.copies {
		w.dst = append(append(w.dst, w.src[w.from:w.pos]...), text...)
	}
	w.pos += skip
	w.from = w.pos
}

func (w *walker) space() {
	if w.pos < len(w.src) && w.src[w.pos] <= ' ' {
		w.spaces()
	}
}

func (w *walker) spaces() {
	n := 0
	for w.pos+n < len(w.src) && grammar.IsSpace(w.src[w.pos+n]) {
		n++
	}
	if n > 0 {
		w.put("", n)
	}
}

// next reports whether the next byte is b, and steps over it.
func (w *walker) next(b byte) bool {
	if w.pos < len(w.src) && w.src[w.pos] == b {
		w.pos++
		return true
	}
	return false
}

func (w *walker) value(depth int) bool {
	if w.pos >= len(w.src) {
		return false
	}
	end := -1
	switch b := w.src[w.pos]; b {
	case '"':
		return w.text()
	case '{', '[':
		return depth <= w.depth && w.container(b, depth)
	case 't', 'f', 'n':
		end = grammar.Literal(w.src, w.pos)
	default:
		end = grammar.Number(w.src, w.pos)
	}
	if end < 0 {
		return false
	}
	w.pos = end
	return true
}

func (w *walker) container(opening byte, depth int) bool {
	closing := opening + 2 // '{' and '}', '[' and ']'
	w.pos++
	if w.space(); w.next(closing) {
		return true
	}
	for {
		w.space()
		if opening == '{' {
			if w.pos >= len(w.src) || w.src[w.pos] != '"' || !w.text() {
				return false
			}
			if w.space(); !w.next(':') {
				return false
			}
			w.space()
		}
		if !w.value(depth + 1) {
			return false
		}
		w.space()
		if w.next(closing) {
			return true
		}
		if !w.next(',') {
			return false
		}
	}
}

func (w *walker) text() bool {
	w.escaped = false
	for w.pos++; w.pos < len(w.src); {
		switch b := w.src[w.pos]; {
		case b == '"':
			w.pos++
			return true
		case b == '\\':
			w.escaped = true
			switch _, size, lone := grammar.Escape(w.src, w.pos); {
			case size == 0, lone && w.strict:
				return false
			case lone:
				w.put(`\ufffd`, size)
			default:
				w.pos += size
			}
		case b < 0x20:
			return false
		case b < utf8.RuneSelf:
			w.pos++
		default:
			r, size := utf8.DecodeRune(w.src[w.pos:])
			switch {
			case r != utf8.RuneError || size > 1:
				w.pos += size
			case w.strict:
				return false
			default:
				w.escaped = true
				w.put(`\ufffd`, 1)
			}
		}
	}
	return false
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if b >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if b >= utf8.RuneSelf {
				dst = append(dst, `\ufffd`...)
			} else {
				dst = append(dst, `\u00`...)
				dst = append(dst, hex[b>>4], hex[b&15])
			}
		}
		i += size
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
