package sdk

import (
	"bytes"
	"encoding/json"
	"slices"
)

// encode is encoding/json with booleans as the numbers 0 and 1, and every
// object's members in the order of their names (U2).
func encode(v any) (json.RawMessage, error) { return traits{true, true}.encode(v) }

func (t traits) encode(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if t.flags {
		b = flags(b)
	}
	if t.unsorted {
		b = ordered(b)
	}
	return b, nil
}

// flags replaces true by 1 and false by 0 outside of strings, in place. b is
// one compact JSON value, as json.Marshal writes it.
func flags(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := i + 1
			for b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, b[i:end+1]...)
			i = end
		case 't':
			out = append(out, '1')
			i += len("true") - 1
		case 'f':
			out = append(out, '0')
			i += len("false") - 1
		default:
			out = append(out, b[i])
		}
	}
	return out
}

// ordered returns one compact JSON value with the members of every object in the
// order of their names, compared by their bytes in JSON. If they already are in order,
// it returns b.
func ordered(b []byte) []byte {
	o := orderer{src: b}
	o.value()
	if !o.changed {
		return b
	}
	return o.src
}

// orderer walks JSON that json.Marshal has written, and moves members in place.
type orderer struct {
	src     []byte
	pos     int
	changed bool
}

func (o *orderer) value() {
	switch o.src[o.pos] {
	case '{':
		o.object()
	case '[':
		for o.pos++; o.src[o.pos] != ']'; {
			if o.value(); o.src[o.pos] == ',' {
				o.pos++
			}
		}
		o.pos++
	case '"':
		o.text()
	default:
		for o.pos < len(o.src) && bytes.IndexByte([]byte(",]}"), o.src[o.pos]) < 0 {
			o.pos++
		}
	}
}

func (o *orderer) text() {
	for o.pos++; o.src[o.pos] != '"'; o.pos++ {
		if o.src[o.pos] == '\\' {
			o.pos++
		}
	}
	o.pos++
}

// member is a name and its value, as written in the source.
type member struct{ name, whole []byte }

func (o *orderer) object() {
	start := o.pos
	var members []member
	sorted := true
	for o.pos++; o.src[o.pos] != '}'; {
		from := o.pos
		o.text()
		name := o.src[from+1 : o.pos-1]
		o.pos++ // the colon
		o.value()
		if n := len(members); n > 0 && bytes.Compare(members[n-1].name, name) > 0 {
			sorted = false
		}
		members = append(members, member{name, o.src[from:o.pos]})
		if o.src[o.pos] == ',' {
			o.pos++
		}
	}
	o.pos++
	if sorted {
		return
	}
	o.changed = true
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.name, b.name) })
	next := make([]byte, 0, o.pos-start)
	for i, m := range members {
		next = append(append(next, "{,"[min(i, 1)]), m.whole...)
	}
	copy(o.src[start:], append(next, '}'))
}
