package uapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Filter types (U10).
const (
	typeContains         = "contains"
	typeBegins           = "begins"
	typeEnds             = "ends"
	typeMatches          = "matches"
	typeEqual            = "eq"
	typeUnequal          = "ne"
	typeLess             = "lt"
	typeGreater          = "gt"
	typeLessUnlimited    = "lt_handle_unlimited"
	typeGreaterUnlimited = "gt_handle_unlimited"
	typeDefined          = "defined"
	typeUndefined        = "undefined"
)

const (
	filterTypes = "contains, begins, ends, matches, eq, ne, lt, gt, lt_handle_unlimited, gt_handle_unlimited, defined and " +
		"undefined are allowed"

	unlimited = "unlimited"

	// The cost of a regular expression is the length of a value times the number of
	// instructions, so both its text and its instructions are bounded.
	maxExpression   = 1000 // bytes
	maxInstructions = 1000

	// While a text longer than this is matched, the end of the context ends the match.
	longText = 4096 // bytes
)

// filter keeps the rows whose value in one column matches (U10).
type filter struct {
	column     int // among the columns that are read
	kind       string
	term       []byte // of contains, begins and ends: folded
	number     decimal
	unlimited  bool // the term is “unlimited”, for the types that allow it
	expression *regexp.Regexp
}

// decodeFilters reads the arguments of U10, and adds the columns that they use.
func decodeFilters(s *spelling, read *columns) ([]filter, error) {
	groups := s.groups("filter_column", "filter_type", "filter_term")
	on, err := s.enabled("filter", len(groups) > 0)
	if err != nil || !on {
		return nil, err
	}
	var filters []filter
	for _, n := range groups {
		column := s.text(numbered("filter_column", n))
		if column == "" {
			if s.has(numbered("filter_type", n)) || s.has(numbered("filter_term", n)) {
				return nil, s.missing(numbered("filter_column", n))
			}
			continue
		}
		if len(filters) == maxFilters {
			return nil, s.tooMany(numbered("filter_column", n), "filters", maxFilters)
		}
		f, err := decodeFilter(s, n)
		if err != nil {
			return nil, err
		}
		f.column = read.add(column)
		filters = append(filters, f)
	}
	return filters, nil
}

func decodeFilter(s *spelling, n int) (f filter, err error) {
	f.kind = s.text(numbered("filter_type", n))
	name := numbered("filter_term", n)
	term := s.text(name)
	f.term = []byte(term)
	switch f.kind {
	case "":
		f.kind = typeContains
		fallthrough
	case typeContains, typeBegins, typeEnds:
		f.term = appendFolded(nil, f.term)
	case typeMatches:
		f.expression, err = compile(s, name, term)
	case typeLess, typeGreater, typeLessUnlimited, typeGreaterUnlimited:
		handles := f.kind == typeLessUnlimited || f.kind == typeGreaterUnlimited
		if f.unlimited = handles && term == unlimited; f.unlimited {
			break
		}
		var ok bool
		if f.number, ok = parseDecimal(f.term); !ok && handles {
			err = s.wrong(name, "is "+quote(term), "a number and “unlimited” are allowed with the type “"+f.kind+"”")
		} else if !ok {
			err = s.wrong(name, "is "+quote(term), "a number is allowed with the type “"+f.kind+"”")
		}
	case typeEqual, typeUnequal, typeDefined, typeUndefined:
	default:
		err = s.wrong(numbered("filter_type", n), "is "+quote(f.kind), filterTypes)
	}
	return f, err
}

// compile reads a regular expression in RE2's syntax, within the bounds.
func compile(s *spelling, name, text string) (*regexp.Regexp, error) {
	if len(text) > maxExpression {
		return nil, s.wrong(name, fmt.Sprintf("has %d bytes", len(text)), fmt.Sprintf("at most %d are allowed for a regular "+
			"expression", maxExpression))
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		reason := "not readable"
		if e, ok := err.(*syntax.Error); ok {
			reason = e.Code.String()
		}
		return nil, s.wrong(name, "is "+quote(text)+" ("+reason+")", "a regular expression in RE2 syntax is allowed")
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxInstructions {
		return nil, s.wrong(name, "is "+quote(text)+", which is too costly", "a regular expression with fewer or smaller "+
			"repetitions is allowed")
	}
	expression, err := regexp.Compile(text)
	if err != nil {
		return nil, s.wrong(name, "is "+quote(text), "a regular expression in RE2 syntax is allowed")
	}
	return expression, nil
}

// sieve applies filters to one row after another.
type sieve struct {
	ctx     context.Context
	filters []filter
	room    []byte // for a value with escapes
	folded  []byte
}

// keeps reports whether every filter keeps a row.
func (s *sieve) keeps(data []byte, fields []field) bool {
	for i := range s.filters {
		f := &s.filters[i]
		text, room, _ := fields[f.column].text(data, s.room[:0])
		if s.room = room; !s.fits(f, text) {
			return false
		}
	}
	return true
}

// fits reports whether a filter keeps this text; a missing or null column has the
// empty text.
func (s *sieve) fits(f *filter, text []byte) bool {
	switch f.kind {
	case typeContains, typeBegins, typeEnds:
		s.folded = appendFolded(s.folded[:0], text)
		switch f.kind {
		case typeBegins:
			return bytes.HasPrefix(s.folded, f.term)
		case typeEnds:
			return bytes.HasSuffix(s.folded, f.term)
		}
		return bytes.Contains(s.folded, f.term)
	case typeMatches:
		if len(text) > longText {
			return f.expression.MatchReader(&interruptible{ctx: s.ctx, text: text})
		}
		return f.expression.Match(text)
	case typeEqual:
		return bytes.Equal(text, f.term)
	case typeUnequal:
		return !bytes.Equal(text, f.term)
	case typeDefined:
		return len(text) > 0
	case typeUndefined:
		return len(text) == 0
	}
	return f.order(text)
}

// interruptible reads a text until its context ends; it checks the context every
// longText bytes.
type interruptible struct {
	ctx     context.Context
	text    []byte
	at, ask int
}

func (r *interruptible) ReadRune() (char rune, size int, err error) {
	if r.at >= r.ask {
		r.ask += longText
		if err := r.ctx.Err(); err != nil {
			return 0, 0, err
		}
	}
	if r.at >= len(r.text) {
		return 0, 0, io.EOF
	}
	char, size = utf8.DecodeRune(r.text[r.at:])
	r.at += size
	return char, size, nil
}

// order compares a value with the term as numbers. A value that is not a number does
// not match; two that are unlimited are equal.
func (f *filter) order(text []byte) bool {
	handles := strings.HasSuffix(f.kind, "_handle_unlimited")
	less := f.kind == typeLess || f.kind == typeLessUnlimited
	if handles && string(text) == unlimited {
		return !less && !f.unlimited
	}
	value, ok := parseDecimal(text)
	switch {
	case !ok:
		return false
	case f.unlimited:
		return less
	case less:
		return value.compare(&f.number) < 0
	}
	return value.compare(&f.number) > 0
}

// appendFolded appends text with each character replaced by the first of the
// characters that differ from it only in case (Unicode's simple folding).
func appendFolded(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c >= 'a' && c <= 'z' {
				c -= 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		dst = utf8.AppendRune(dst, first)
		i += size
	}
	return dst
}
