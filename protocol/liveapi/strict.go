package liveapi

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"

	"liveapi.host/protocol/internal/grammar"
)

// MaxDepth is how deep objects and arrays may be nested in a request's JSON,
// the outermost one counted (W14).
const MaxDepth = 32

// fewMembers is up to how many members of one object are compared one by one; a
// greater object is sorted once instead, so that no object costs its square.
const fewMembers = 16

// CheckJSON reports whether b is one JSON value as W14 wants it: valid UTF-8, no
// duplicate members, at most [MaxDepth] levels, no lone surrogates, nothing
// after it. White space around it is allowed. The error is a [*RequestError];
// it never quotes b.
func CheckJSON(b []byte) error {
	if err := checkUTF8(b); err != nil {
		return err
	}
	s := scanner{b: b}
	s.space()
	if !s.value(1) {
		return s.error()
	}
	if s.space(); s.pos != len(b) {
		s.stop("W14", s.pos, trailing)
		return s.error()
	}
	return nil
}

const trailing = "something follows the JSON value; send one value"

func checkUTF8(b []byte) error {
	if len(b) > math.MaxInt32 {
		return &RequestError{Rule: "W12", Reason: "the text is longer than 2 GiB"}
	}
	if utf8.Valid(b) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			return &RequestError{Rule: "W14", Offset: at, Reason: "the text is not valid UTF-8; convert it before it is encoded"}
		}
		at += size
	}
}

// span is a string's contents in the scanned text, without its quotes.
type span struct {
	start, end int32
	escaped    bool
}

// scanner walks strict JSON (W14) in text that is known to be valid UTF-8. Its
// methods return false once something is wrong, and have then recorded what.
type scanner struct {
	b      []byte
	pos    int
	rule   string
	reason string
	at     int

	// The names of the members of all open objects, outermost first: count of
	// them in few while they fit, all in many from then on. (One slice that
	// begins in few would force the scanner onto the heap.)
	count int
	few   [fewMembers]span
	many  []span
}

func (s *scanner) stop(rule string, at int, reason string) bool {
	s.rule, s.at, s.reason = rule, at, reason
	return false
}

func (s *scanner) error() *RequestError {
	return &RequestError{Rule: s.rule, Offset: s.at, Reason: s.reason}
}

func (s *scanner) space() {
	if s.pos < len(s.b) && s.b[s.pos] <= ' ' {
		s.spaces()
	}
}

func (s *scanner) spaces() {
	for s.pos < len(s.b) && grammar.IsSpace(s.b[s.pos]) {
		s.pos++
	}
}

// value walks one value; depth is the level that a container here would have.
func (s *scanner) value(depth int) bool {
	if s.pos >= len(s.b) {
		return s.stop("W14", s.pos, "the JSON ends where a value must come")
	}
	end := -1
	switch c := s.b[s.pos]; c {
	case '"':
		_, ok := s.text()
		return ok
	case '{', '[':
		if depth > MaxDepth {
			return s.stop("W14", s.pos, "objects and arrays are nested deeper than 32 levels")
		}
		if c == '{' {
			return s.object(depth)
		}
		return s.array(depth)
	case 't', 'f', 'n':
		end = grammar.Literal(s.b, s.pos)
	default:
		end = grammar.Number(s.b, s.pos)
	}
	if end < 0 {
		return s.stop("W14", s.pos, "a JSON value must come here")
	}
	s.pos = end
	return true
}

func (s *scanner) array(depth int) bool {
	s.pos++
	if s.space(); s.pos < len(s.b) && s.b[s.pos] == ']' {
		s.pos++
		return true
	}
	for {
		s.space()
		if !s.value(depth + 1) {
			return false
		}
		if more, ok := s.more(']'); !more {
			return ok
		}
	}
}

func (s *scanner) object(depth int) bool {
	base := s.count
	if empty, ok := s.open(); empty || !ok {
		return ok
	}
	for {
		if _, ok := s.member(base); !ok || !s.value(depth+1) {
			return false
		}
		if more, ok := s.more('}'); !more {
			return ok && s.close(base)
		}
	}
}

// open steps over an object's brace, and over both when it is empty.
func (s *scanner) open() (empty, ok bool) {
	if s.pos >= len(s.b) || s.b[s.pos] != '{' {
		return false, s.stop("W14", s.pos, "a JSON object must come here")
	}
	s.pos++
	if s.space(); s.pos < len(s.b) && s.b[s.pos] == '}' {
		s.pos++
		return true, true
	}
	return false, true
}

// more steps over the comma after a value, or over the closing bracket.
func (s *scanner) more(closing byte) (more, ok bool) {
	s.space()
	if s.pos < len(s.b) {
		switch s.b[s.pos] {
		case ',':
			s.pos++
			return true, true
		case closing:
			s.pos++
			return false, true
		}
	}
	if closing == '}' {
		return false, s.stop("W14", s.pos, "a comma or a closing brace must come here")
	}
	return false, s.stop("W14", s.pos, "a comma or a closing bracket must come here")
}

// member steps over a member's name, its colon and the blanks after it, and
// refuses a name that this object, whose names are those from the base-th on, has had.
func (s *scanner) member(base int) (span, bool) {
	s.space()
	if s.pos >= len(s.b) || s.b[s.pos] != '"' {
		return span{}, s.stop("W14", s.pos, "a member name in double quotes must come here")
	}
	key, ok := s.text()
	if !ok {
		return span{}, false
	}
	if seen := s.names(base); len(seen) < fewMembers {
		for _, k := range seen {
			if (k.end-k.start == key.end-key.start || k.escaped || key.escaped) && s.same(k, key) {
				return span{}, s.duplicate(key)
			}
		}
	}
	s.remember(key)
	s.space()
	if s.pos >= len(s.b) || s.b[s.pos] != ':' {
		return span{}, s.stop("W14", s.pos, "a colon must come after a member name")
	}
	s.pos++
	s.space()
	return key, true
}

// names returns the names from the base-th on; valid until the next one comes.
func (s *scanner) names(base int) []span {
	if s.many != nil {
		return s.many[base:]
	}
	return s.few[base:s.count]
}

func (s *scanner) remember(key span) {
	switch {
	case s.many != nil:
		s.many = append(s.many, key)
	case s.count < len(s.few):
		s.few[s.count] = key
	default:
		s.many = append(append(make([]span, 0, 4*len(s.few)), s.few[:]...), key)
	}
	s.count++
}

func (s *scanner) duplicate(key span) bool {
	return s.stop("W14", int(key.start)-1, "an object has two members of this name; send each once, or a list as name-0, name-1 and so on (U8)")
}

// close forgets an object's names, after the check that member has left out for
// a great object.
func (s *scanner) close(base int) bool {
	names := s.names(base)
	s.count = base
	if s.many != nil {
		s.many = s.many[:base]
	}
	if len(names) <= fewMembers {
		return true
	}
	slices.SortFunc(names, func(a, b span) int {
		if c := s.compare(a, b); c != 0 {
			return c
		}
		return int(a.start - b.start)
	})
	second := span{start: math.MaxInt32}
	for i, name := range names[1:] {
		if name.start < second.start && s.same(names[i], name) {
			second = name
		}
	}
	return second.start == math.MaxInt32 || s.duplicate(second)
}

// text steps over the string whose opening quote is at pos.
func (s *scanner) text() (span, bool) {
	open := s.pos
	escaped := false
	for i := open + 1; ; {
		i = plain(s.b, i)
		if i >= len(s.b) {
			return span{}, s.stop("W14", open, "the string that begins here does not end")
		}
		switch s.b[i] {
		case '"':
			s.pos = i + 1
			return span{int32(open + 1), int32(i), escaped}, true
		case '\\':
			_, size, lone := grammar.Escape(s.b, i)
			if lone {
				return span{}, s.stop("W14", i, "this escape is half of a surrogate pair and stands for no character")
			}
			if size == 0 {
				return span{}, s.stop("W14", i, "this is no JSON escape sequence")
			}
			escaped = true
			i += size
		default:
			return span{}, s.stop("W14", i, `a control character in a string must be escaped, such as \n`)
		}
	}
}

func (s *scanner) raw(t span) []byte { return s.b[t.start:t.end] }

// same reports whether two strings are equal once they are unescaped.
func (s *scanner) same(a, b span) bool {
	if a.escaped || b.escaped {
		return s.compare(a, b) == 0
	}
	return string(s.raw(a)) == string(s.raw(b))
}

// compare orders strings by their unescaped characters.
func (s *scanner) compare(a, b span) int {
	if !a.escaped && !b.escaped {
		return bytes.Compare(s.raw(a), s.raw(b)) // the same order, by the design of UTF-8
	}
	x, y := s.raw(a), s.raw(b)
	for len(x) > 0 && len(y) > 0 {
		p, n := character(x)
		q, m := character(y)
		if p != q {
			return int(p - q)
		}
		x, y = x[n:], y[m:]
	}
	return len(x) - len(y)
}

// unescape returns a string's characters: a part of the text where that serves,
// a copy otherwise.
func (s *scanner) unescape(t span) []byte {
	raw := s.raw(t)
	if !t.escaped {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, n := character(raw)
		out = utf8.AppendRune(out, r)
		raw = raw[n:]
	}
	return out
}

// character reads one character of a string that has been scanned.
func character(b []byte) (r rune, size int) {
	if b[0] != '\\' {
		return utf8.DecodeRune(b)
	}
	r, size, _ = grammar.Escape(b, 0)
	return r, size
}
