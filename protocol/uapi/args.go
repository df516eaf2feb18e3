package uapi

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/grammar"
)

// Value is one argument. Its zero value is the empty text.
type Value struct {
	text   string
	raw    json.RawMessage
	nested bool
}

// Text returns the argument's text (U7): a string's characters, a number's
// literal text, 1 for true and 0 for false. ok is false for an object or array,
// which has none.
func (v Value) Text() (text string, ok bool) { return v.text, !v.nested }

// Raw returns the argument as it was written in JSON. It is a part of what
// [DecodeArgs] was given.
func (v Value) Raw() json.RawMessage { return v.raw }

// Nested reports whether the argument is an object or an array.
func (v Value) Nested() bool { return v.nested }

// Args are the arguments of one call: a flat, ordered map of names to values
// (U7), or a list, which only API 1 has (U9). The zero value is no arguments.
type Args struct {
	named []named
	index map[string]int // into named, where there are many
	list  []Value
}

type named struct {
	name  string
	value Value
}

// fewArgs is up to how many arguments are looked up without an index.
const fewArgs = 16

// maxSuffix is how many digits the number of a repeated argument may have.
const maxSuffix = 6

// DecodeArgs reads the arguments of a call: one JSON object; an array, or one
// string in place of a list of one, for API 1. Nothing, null, {} and [] are no
// arguments (U9), and so is each member that is null. Raw values are parts of raw.
//
// An error is a [*protocol.Error] of code invalid: raw is not JSON by W14 (of
// nested objects' members, only the grammar is checked) or another kind of
// value. It quotes nothing of raw.
func DecodeArgs(raw json.RawMessage) (Args, error) {
	d := decoder{walker: walker{src: raw, depth: maxArgsDepth, strict: true}}
	if d.space(); d.pos == len(raw) {
		return Args{}, nil
	}
	d.all = string(raw)
	ok := false
	switch raw[d.pos] {
	case '{':
		ok = d.object()
	case '[':
		ok = d.array()
	case '"', 'n':
		var v Value
		var null bool
		if v, null, ok = d.one(1); ok && !null {
			d.args.list = []Value{v}
		}
	}
	if ok {
		d.space()
	}
	switch {
	case d.duplicate:
		return Args{}, protocol.Errorf(protocol.CodeInvalid, "The arguments have two members of one name at byte %d (W14): send each once, or a list as name-0, name-1 and so on (U8).", d.pos)
	case !ok || d.pos != len(raw):
		return Args{}, protocol.Errorf(protocol.CodeInvalid, "The arguments cannot be read at byte %d (W14): they must be one JSON object, or a list for API 1.", d.pos)
	}
	return d.args, nil
}

// decoder fills Args while it walks their JSON.
type decoder struct {
	walker
	all       string // src, so that texts share one copy
	args      Args
	seen      map[string]bool // every name, those of null too, where there are many
	nulls     []string        // names of null, while there are few
	duplicate bool
}

func (d *decoder) object() bool {
	d.pos++
	if d.space(); d.next('}') {
		return true
	}
	d.args.named = make([]named, 0, min(strings.Count(d.all, ",")+1, fewArgs)) // right for flat arguments, the rule
	for {
		d.space()
		at := d.pos
		if at >= len(d.src) || d.src[at] != '"' || !d.text() {
			return false
		}
		name := d.unescape(at+1, d.pos-1)
		if d.known(name) {
			d.pos, d.duplicate = at, true
			return false
		}
		if d.space(); !d.next(':') {
			return false
		}
		d.space()
		v, null, ok := d.one(2)
		if !ok {
			return false
		}
		if !null {
			d.args.add(name, v)
		} else if d.seen == nil {
			d.nulls = append(d.nulls, name)
		}
		if d.space(); d.next('}') {
			return true
		}
		if !d.next(',') {
			return false
		}
	}
}

func (d *decoder) array() bool {
	d.pos++
	if d.space(); d.next(']') {
		return true
	}
	for {
		d.space()
		v, _, ok := d.one(2) // null keeps its place, as an empty text
		if !ok {
			return false
		}
		d.args.list = append(d.args.list, v)
		if d.space(); d.next(']') {
			return true
		}
		if !d.next(',') {
			return false
		}
	}
}

// known notes a member's name, and reports whether it has come before.
func (d *decoder) known(name string) bool {
	if d.seen == nil {
		if d.args.find(name) >= 0 || slices.Contains(d.nulls, name) {
			return true
		}
		if len(d.args.named)+len(d.nulls) < fewArgs {
			return false
		}
		d.seen = map[string]bool{}
		for _, n := range d.nulls {
			d.seen[n] = true
		}
		for _, n := range d.args.named {
			d.seen[n.name] = true
		}
	}
	was := d.seen[name]
	d.seen[name] = true
	return was
}

// one reads one value; depth is the level that a container here would have.
func (d *decoder) one(depth int) (v Value, null, ok bool) {
	from := d.pos
	if !d.value(depth) {
		return Value{}, false, false
	}
	v.raw = json.RawMessage(d.src[from:d.pos:d.pos])
	switch d.src[from] {
	case '"':
		v.text = d.unescape(from+1, d.pos-1)
	case '{', '[':
		v.nested = true
	case 't':
		v.text = "1"
	case 'f':
		v.text = "0"
	case 'n':
		null = true
	default:
		v.text = d.all[from:d.pos]
	}
	return v, null, true
}

// unescape returns the characters of a string that has been walked.
func (d *decoder) unescape(from, to int) string {
	i := strings.IndexByte(d.all[from:to], '\\')
	if i < 0 {
		return d.all[from:to]
	}
	out := make([]byte, 0, to-from)
	for i += from; i < to; {
		out = append(out, d.all[from:i]...)
		char, size, _ := grammar.Escape(d.src, i)
		out = utf8.AppendRune(out, char)
		from = i + size
		if i = strings.IndexByte(d.all[from:to], '\\'); i < 0 {
			break
		}
		i += from
	}
	return string(append(out, d.all[from:to]...))
}

func (a *Args) add(name string, v Value) {
	a.named = append(a.named, named{name, v})
	switch {
	case a.index != nil:
		a.index[name] = len(a.named) - 1
	case len(a.named) > fewArgs:
		a.index = make(map[string]int, 4*fewArgs)
		for i, n := range a.named {
			a.index[n.name] = i
		}
	}
}

// find returns where the argument of this name is, -1 when there is none.
func (a *Args) find(name string) int {
	if a.index == nil {
		for i := range a.named {
			if a.named[i].name == name {
				return i
			}
		}
		return -1
	}
	if i, ok := a.index[name]; ok {
		return i
	}
	return -1
}

// Len returns the number of named arguments.
func (a Args) Len() int { return len(a.named) }

// All gives the named arguments in the order in which they were sent, repeated
// ones under the names that were sent.
func (a Args) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, n := range a.named {
			if !yield(n.name, n.value) {
				return
			}
		}
	}
}

// Get returns the argument of exactly this name.
func (a Args) Get(name string) (Value, bool) {
	i := a.find(name)
	if i < 0 {
		return Value{}, false
	}
	return a.named[i].value, true
}

// List returns every value of a repeated argument (U8): name itself first, then
// name-0, name-1 and so on by their numbers; gaps do not matter. An argument
// that is itself a JSON array is one value, since nested values are for functions
// whose schema asks for them (U7).
func (a Args) List(name string) []Value {
	type numbered struct{ number, at int }
	var found []numbered
	for i := range a.named {
		n := a.named[i].name
		if n == name {
			found = append(found, numbered{-1, i})
		} else if base, number, ok := SplitSuffix(n); ok && base == name {
			found = append(found, numbered{number, i})
		}
	}
	if found == nil {
		return nil
	}
	slices.SortFunc(found, func(x, y numbered) int { return x.number - y.number })
	values := make([]Value, len(found))
	for i, f := range found {
		values[i] = a.named[f.at].value
	}
	return values
}

// Positional returns the arguments that came as a list or as one string (U9).
func (a Args) Positional() []Value { return a.list }

// SplitSuffix takes the number off a repeated argument's name (U8): "name-12" is
// "name" and 12. A number has one to six digits and no needless zeros.
func SplitSuffix(name string) (base string, number int, ok bool) {
	dash := strings.LastIndexByte(name, '-')
	if number, ok = parseNumber(name[dash+1:]); !ok || dash < 1 {
		return name, 0, false
	}
	return name[:dash], number, true
}

// parseNumber reads the number of a repeated argument.
func parseNumber(digits string) (number int, ok bool) {
	if digits == "" || len(digits) > maxSuffix || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		number = number*10 + int(digits[i]-'0')
	}
	return number, true
}
