package jsontext

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"
)

// fewMembers is the greatest number of members of one object that are compared one by
// one. The names of a larger object are sorted once, so that no object takes quadratic
// time.
const fewMembers = 16

// names are the names of the members of all objects that are open, outermost first.
type names struct {
	base  int // where those of the innermost object begin
	count int
	few   [fewMembers]Span // as long as they fit
	many  []Span           // all of them, after that; a slice of few would escape to the heap
}

const duplicate = "an object has two members of this name; send each once, or a list as name-0, name-1 and so on (U8)"

// add refuses a name that the innermost object already has.
func (n *names) add(w *Walker, name Span) bool {
	if seen := n.seen(); len(seen) < fewMembers {
		for _, s := range seen {
			if (s.size == name.size || s.size|name.size < 0) && w.same(s, name) {
				return w.Stop(int(name.start)-1, duplicate)
			}
		}
	}
	switch {
	case n.many != nil:
		n.many = append(n.many, name)
	case n.count < len(n.few):
		n.few[n.count] = name
	default:
		n.many = append(append(make([]Span, 0, 4*len(n.few)), n.few[:]...), name)
	}
	n.count++
	return true
}

// seen returns the names of the innermost object; valid until the next add.
func (n *names) seen() []Span {
	if n.many != nil {
		return n.many[n.base:]
	}
	return n.few[n.base:n.count]
}

// close removes the innermost object's names. For a large object it first makes the
// check that add does not make.
func (n *names) close(w *Walker) {
	seen := n.seen()
	n.count = n.base
	if n.many != nil {
		n.many = n.many[:n.base]
	}
	if len(seen) <= fewMembers {
		return
	}
	slices.SortFunc(seen, func(a, b Span) int {
		if c := w.compare(a, b); c != 0 {
			return c
		}
		return int(a.start - b.start)
	})
	second := Span{start: math.MaxInt32}
	for i, name := range seen[1:] {
		if name.start < second.start && w.same(seen[i], name) {
			second = name
		}
	}
	if second.start < math.MaxInt32 {
		w.Stop(int(second.start)-1, duplicate)
	}
}

// same reports whether two strings have the same characters.
func (w *Walker) same(a, b Span) bool {
	if a.Escaped() || b.Escaped() {
		return w.compare(a, b) == 0
	}
	return string(w.Raw(a)) == string(w.Raw(b))
}

// compare orders strings by their characters.
func (w *Walker) compare(a, b Span) int {
	if !a.Escaped() && !b.Escaped() {
		return bytes.Compare(w.Raw(a), w.Raw(b)) // the same order, by the design of UTF-8
	}
	x, y := w.Raw(a), w.Raw(b)
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

// character reads one character of a string that has been walked.
func character(b []byte) (r rune, size int) {
	if b[0] != '\\' {
		return utf8.DecodeRune(b)
	}
	r, size, _ = Unescape(b, 0)
	return r, size
}
