package uapi

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// Value is one argument. Its zero value is the empty text.
type Value struct {
	text   string
	raw    json.RawMessage
	nested bool
}

// Text returns the argument's text (U7): a string's characters, a number's
// literal text, 1 for true and 0 for false. ok is false for an object or array,
// which has no text.
func (v Value) Text() (text string, ok bool) { return v.text, !v.nested }

// Raw returns the argument as it was written in JSON. It is a part of the slice that
// [DecodeArgs] received.
func (v Value) Raw() json.RawMessage { return v.raw }

// Nested reports whether the argument is an object or an array.
func (v Value) Nested() bool { return v.nested }

// Args are the arguments of one call: a flat, ordered map of names to values
// (U7), or a list, which only API 1 has (U9). The zero value has no arguments.
type Args struct {
	named []named
	index map[string]int // into named, when there are more than fewArgs
	list  []Value
}

type named struct {
	name  string
	value Value
}

// fewArgs is the greatest number of arguments that are searched without an index.
const fewArgs = 16

// maxSuffix is how many digits the number of a repeated argument may have.
const maxSuffix = 6

// DecodeArgs reads the arguments of a call: one JSON object, or, for API 1, an array
// or a single string. An empty text, null, {} and [] mean no arguments (U9), and a
// member that is null means no argument. Raw values are parts of raw.
//
// An error is a [*protocol.Error] of code invalid: raw is not JSON by W14, or is a
// value of another kind. It quotes no part of raw.
func DecodeArgs(raw json.RawMessage) (Args, error) {
	d := decoder{Walker: jsontext.Walker{Src: raw, Depth: maxArgsDepth, Mode: jsontext.Strict | jsontext.Unique}}
	if d.Space(); d.Pos == len(raw) {
		return Args{}, nil
	}
	d.all = string(raw)
	ok := false
	switch raw[d.Pos] {
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
	switch {
	case ok && d.End():
		return d.args, nil
	case d.Reason == "":
		d.Stop(d.Pos, "they must be one JSON object, or a list for API 1")
	}
	return Args{}, protocol.Errorf(protocol.CodeInvalid, "The arguments cannot be read at byte %d (W14): %s.", d.At, d.Reason)
}

// decoder fills Args while it walks their JSON.
type decoder struct {
	jsontext.Walker
	all  string // Src, so that texts share one copy
	args Args
}

func (d *decoder) object() bool {
	for more := d.Enter('{'); more; more = d.More('}') {
		if d.args.named == nil {
			d.args.named = make([]named, 0, min(strings.Count(d.all, ",")+1, fewArgs)) // exact for flat arguments, the usual kind
		}
		at := d.Pos
		name, ok := d.Member()
		if !ok {
			return false
		}
		v, null, ok := d.one(2)
		if !ok {
			return false
		}
		if !null {
			d.args.add(d.text(at, name), v)
		}
	}
	return d.Reason == ""
}

func (d *decoder) array() bool {
	for more := d.Enter('['); more; more = d.More(']') {
		v, _, ok := d.one(2) // null keeps its place, as an empty text
		if !ok {
			return false
		}
		d.args.list = append(d.args.list, v)
	}
	return d.Reason == ""
}

// one reads one value; depth is the nesting level of an object or array here.
func (d *decoder) one(depth int) (v Value, null, ok bool) {
	from := d.Pos
	if from < len(d.Src) && d.Src[from] == '"' {
		text, ok := d.Text()
		if !ok {
			return Value{}, false, false
		}
		return Value{text: d.text(from, text), raw: json.RawMessage(d.Src[from:d.Pos:d.Pos])}, false, true
	}
	if !d.Value(depth) {
		return Value{}, false, false
	}
	v.raw = json.RawMessage(d.Src[from:d.Pos:d.Pos])
	switch d.Src[from] {
	case '{', '[':
		v.nested = true
	case 't':
		v.text = "1"
	case 'f':
		v.text = "0"
	case 'n':
		null = true
	default:
		v.text = d.all[from:d.Pos]
	}
	return v, null, true
}

// text returns the characters of the string whose opening quote is at from.
func (d *decoder) text(from int, t jsontext.Span) string {
	if t.Escaped() {
		var room [64]byte
		return string(jsontext.AppendUnquoted(room[:0], d.Raw(t)))
	}
	return d.all[from+1 : from+1+len(d.Raw(t))]
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

// All yields the named arguments in the order in which they were sent. Repeated
// arguments keep the names that were sent.
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
// name-0, name-1 and so on by their numbers; numbers may be missing. An argument
// that is a JSON array is one value, since nested values are for functions whose
// schema allows them (U7).
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

// SplitSuffix splits a repeated argument's name (U8): "name-12" is "name" and 12. A
// number has one to six digits and no leading zeros.
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
