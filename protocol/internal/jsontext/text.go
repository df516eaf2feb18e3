package jsontext

import (
	"bytes"
	"unicode/utf8"
)

// Span is a string's contents in Src, without its quotes.
type Span struct {
	start int32
	size  int32 // ^size, which is less than 0, for a string with escapes
}

// Escaped reports whether a string's characters may be others than its bytes.
func (t Span) Escaped() bool { return t.size < 0 }

// Text walks the string whose opening quote is at Pos.
func (w *Walker) Text() (Span, bool) {
	src, open := w.Src, w.Pos
	runsOver := w.Mode&(Valid|Escape) == Valid
	escapes := w.Mode&Escape != 0
	var escaped int32
	for i := open + 1; ; {
		if runsOver {
			i = plain(src, i)
		} else {
			i = harmless(src, i)
		}
		if i >= len(src) {
			return Span{}, w.Stop(open, "the string that begins here does not end")
		}
		b := src[i]
		if b == '"' {
			w.Pos = i + 1
			return Span{int32(open + 1), int32(i-open-1) ^ escaped}, true
		}
		w.Pos = i
		switch {
		case b == '\\':
			escaped = -1
			if !w.sequence() {
				return Span{}, false
			}
		case b >= utf8.RuneSelf:
			sound, ok := w.beyondASCII()
			if !ok {
				return Span{}, false
			}
			if !sound {
				escaped = -1
			}
		case b < ' ':
			return Span{}, w.Stop(i, `a control character in a string must be escaped, such as \n`)
		case !escapes:
			w.Pos++
		case !w.safe(b):
			return Span{}, false
		}
		i = w.Pos
	}
}

// safe writes the escape of W8 for a character of ASCII.
func (w *Walker) safe(b byte) bool {
	switch b {
	case '<':
		return w.put(`\u003c`, 1)
	case '>':
		return w.put(`\u003e`, 1)
	}
	return w.put(`\u0026`, 1)
}

const replacement = `\ufffd`

// sequence walks an escape sequence.
func (w *Walker) sequence() bool {
	_, size, lone := Unescape(w.Src, w.Pos)
	switch {
	case size == 0:
		return w.Stop(w.Pos, "this is not a JSON escape sequence")
	case !lone:
		w.Pos += size
		return true
	case w.Mode&Strict != 0:
		return w.Stop(w.Pos, "this escape is half of a surrogate pair and stands for no character")
	}
	return w.put(replacement, size)
}

// beyondASCII walks a run of bytes that are not ASCII. It is sound when all of it is
// UTF-8.
func (w *Walker) beyondASCII() (sound, ok bool) {
	sound = true
	for w.Pos < len(w.Src) && w.Src[w.Pos] >= utf8.RuneSelf {
		text := ""
		r, size := utf8.DecodeRune(w.Src[w.Pos:])
		switch {
		case r == utf8.RuneError && size == 1:
			if w.Mode&Strict != 0 {
				return false, w.Stop(w.Pos, "the text is not valid UTF-8; convert it before it is encoded")
			}
			sound = false
			text = replacement
		case w.Mode&Escape == 0:
		case r == '\u2028':
			text = `\u2028`
		case r == '\u2029':
			text = `\u2029`
		case r == '\ufffe':
			text = `\ufffe`
		case r == '\uffff':
			text = `\uffff`
		}
		if text == "" {
			w.Pos += size
		} else if !w.put(text, size) {
			return false, false
		}
	}
	return sound, true
}

// Raw returns a string's contents as they are written.
func (w *Walker) Raw(t Span) []byte { return w.Src[t.start : t.start+max(t.size, ^t.size)] }

// Unquote returns a string's characters: a part of Src where that serves, a copy
// otherwise.
func (w *Walker) Unquote(t Span) []byte {
	raw := w.Raw(t)
	if !t.Escaped() {
		return raw
	}
	return AppendUnquoted(make([]byte, 0, len(raw)), raw)
}

// AppendUnquoted appends the characters of a string that a Walker has walked, given
// without its quotes: U+FFFD for half a surrogate pair and each byte that is not UTF-8.
func AppendUnquoted(dst, text []byte) []byte {
	for len(text) > 0 {
		plain := bytes.IndexByte(text, '\\')
		if plain < 0 {
			plain = len(text)
		}
		if utf8.Valid(text[:plain]) {
			dst = append(dst, text[:plain]...)
		} else {
			for part := text[:plain]; len(part) > 0; {
				r, size := utf8.DecodeRune(part)
				dst, part = utf8.AppendRune(dst, r), part[size:]
			}
		}
		if text = text[plain:]; len(text) > 0 {
			char, size, _ := Unescape(text, 0)
			dst, text = utf8.AppendRune(dst, char), text[size:]
		}
	}
	return dst
}

// AppendString appends s as a JSON string. A byte that is not UTF-8 becomes `\ufffd`.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; ; {
		for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < utf8.RuneSelf {
			i++
		}
		if i == len(s) {
			return append(append(dst, s[from:]...), '"')
		}
		size, b := 1, s[i]
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
				dst = append(dst, replacement...)
			} else {
				const hex = "0123456789abcdef"
				dst = append(append(dst, `\u00`...), hex[b>>4], hex[b&15])
			}
		}
		i += size
		from = i
	}
}
