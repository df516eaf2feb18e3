package jsontext

import (
	"bytes"
	"unicode/utf8"
	"unsafe"
)

// Span is a string's contents in Src, without its quotes.
type Span struct {
	start int32
	size  int32 // ^size, which is less than 0, for a string with escapes
}

// Escaped reports whether a string's characters may differ from its bytes.
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
		case !w.put(escape(rune(b), 1), 1):
			return Span{}, false
		}
		i = w.Pos
	}
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

// beyondASCII walks a run of bytes that are not ASCII. sound reports whether all of
// them are valid UTF-8.
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
		case w.Mode&Escape != 0:
			text = escape(r, size)
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

// Unquote returns a string's characters: a part of Src if possible, a copy otherwise.
func (w *Walker) Unquote(t Span) []byte {
	raw := w.Raw(t)
	if !t.Escaped() {
		return raw
	}
	return AppendUnquoted(make([]byte, 0, len(raw)), raw)
}

// AppendUnquoted appends the characters of a string that a Walker has walked. text is
// without the quotes. Half a surrogate pair and each byte that is not UTF-8 become
// U+FFFD.
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

// AppendString appends s as a JSON string with the escapes of W8 (see Escape). A byte
// that is not UTF-8 becomes `\ufffd`.
func AppendString(dst []byte, s string) []byte {
	src := unsafe.Slice(unsafe.StringData(s), len(s)) // is only read
	dst = append(dst, '"')
	for from, i := 0, 0; ; {
		if i = harmless(src, i); i == len(src) {
			return append(append(dst, src[from:]...), '"')
		}
		r, size := utf8.DecodeRune(src[i:])
		text := escape(r, size)
		if text == "" && r >= utf8.RuneSelf {
			i += size
			continue
		}
		if dst = append(dst, src[from:i]...); text != "" {
			dst = append(dst, text...)
		} else {
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		}
		i += size
		from = i
	}
}

// escape returns the escape of a character at which harmless stops: "" for one above
// ASCII that is not escaped, and for a control character without a short escape.
func escape(r rune, size int) string {
	switch r {
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '<':
		return `\u003c`
	case '>':
		return `\u003e`
	case '&':
		return `\u0026`
	case '\u2028':
		return `\u2028`
	case '\u2029':
		return `\u2029`
	case '\ufffe':
		return `\ufffe`
	case '\uffff':
		return `\uffff`
	case utf8.RuneError:
		if size == 1 {
			return replacement
		}
	}
	return ""
}
