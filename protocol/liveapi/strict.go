package liveapi

import (
	"math"
	"unicode/utf8"

	"liveapi.host/protocol/internal/jsontext"
)

// MaxDepth is how deep objects and arrays may be nested in a request's JSON,
// including the outermost one (W14).
const MaxDepth = 32

// CheckJSON returns nil if b is one JSON value that is valid by W14: valid UTF-8, no
// duplicate members, at most [MaxDepth] levels, no lone surrogates, nothing
// after it. White space around it is allowed. The error is a [*RequestError];
// it never quotes b.
func CheckJSON(b []byte) error {
	if err := checkUTF8(b); err != nil {
		return err
	}
	s := newScanner(b, 0)
	if !s.Whole() {
		return s.error()
	}
	return nil
}

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

// scanner walks strict JSON (W14) in text that is known to be valid UTF-8.
type scanner struct {
	jsontext.Walker
	rule string // the rule that the input breaks; "" means W14
}

func newScanner(b []byte, pos int) scanner {
	return scanner{Walker: jsontext.Walker{
		Src: b, Pos: pos, Depth: MaxDepth, Mode: jsontext.Valid | jsontext.Strict | jsontext.Unique,
	}}
}

func (s *scanner) stop(rule string, at int, reason string) bool {
	s.rule = rule
	return s.Stop(at, reason)
}

func (s *scanner) error() *RequestError {
	e := &RequestError{Rule: s.rule, Offset: s.At, Reason: s.Reason}
	if e.Rule == "" {
		e.Rule = "W14"
	}
	return e
}
