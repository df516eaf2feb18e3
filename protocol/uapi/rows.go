package uapi

import (
	"slices"

	"liveapi.host/protocol/internal/jsontext"
)

// span is a part of a result's data: one row, or several adjacent rows. to is one
// after the last byte.
type span struct{ from, to int }

// columns is a set of member names, in the order in which they were added.
type columns struct {
	names []string
	index map[string]int // of all names, when there are more than fewColumns
}

// fewColumns is the greatest number of columns that are searched without an index.
const fewColumns = 8

// add returns the place of the column of this name, which is new or known.
func (c *columns) add(name string) int {
	if i := c.find([]byte(name)); i >= 0 {
		return i
	}
	c.names = append(c.names, name)
	last := len(c.names) - 1
	switch {
	case c.index != nil:
		c.index[name] = last
	case len(c.names) > fewColumns:
		c.index = map[string]int{}
		for i, n := range c.names {
			c.index[n] = i
		}
	}
	return last
}

// find returns the place of a column, -1 when it is not among them.
func (c *columns) find(name []byte) int {
	if c.index != nil {
		if i, ok := c.index[string(name)]; ok {
			return i
		}
		return -1
	}
	for i, n := range c.names {
		if len(n) == len(name) && n == string(name) {
			return i
		}
	}
	return -1
}

// field is one value of a row, as a place in the data. Its zero value is a
// column that the row does not have.
type field struct {
	span
	escaped bool // a string with escapes
}

// rowWalker walks an array of objects once, and records for each row where the
// values of some columns are. It copies nothing. The depth and the repairs are
// those of [appendCompact], so that everything it accepts can be sent.
type rowWalker struct {
	jsontext.Walker
	columns columns
	fields  []field // of the row walked last, in the order of columns
	name    []byte  // room for a member's name with escapes
}

func newRowWalker(data []byte, wanted columns) *rowWalker {
	return &rowWalker{
		Walker:  jsontext.Walker{Src: data, Depth: maxDataDepth},
		columns: wanted, fields: make([]field, len(wanted.names)),
	}
}

// rows walks all of the data, and calls each for every row as soon as it has been
// walked. It returns false when each returns false, or when the data is not an array
// of objects; the latter may become known only at the end.
func (w *rowWalker) rows(each func(row span) bool) bool {
	w.Space()
	for more := w.Enter('['); more; more = w.More(']') {
		from := w.Pos
		if !w.row(w.note) || !each(span{from, w.Pos}) {
			return false
		}
	}
	return w.Reason == "" && w.End()
}

// row walks one object. It calls member for each member with its column, -1 when it is
// not a column, the start of its name, and the place of its value.
func (w *rowWalker) row(member func(column, name int, value field)) bool {
	clear(w.fields)
	for more := w.Enter('{'); more; more = w.More('}') {
		at := w.Pos
		name, ok := w.Member()
		if !ok {
			return false
		}
		value := field{span: span{from: w.Pos}}
		if w.Pos < len(w.Src) && w.Src[w.Pos] == '"' {
			var text jsontext.Span
			text, ok = w.Text()
			value.escaped = text.Escaped()
		} else {
			ok = w.Value(3) // in a row, which is in the array
		}
		if !ok {
			return false
		}
		value.to = w.Pos
		member(w.column(name), at, value)
	}
	return w.Reason == ""
}

// column returns the place of the column of this name, -1 when it is not among them.
func (w *rowWalker) column(name jsontext.Span) int {
	if len(w.columns.names) == 0 {
		return -1
	}
	text := w.Raw(name)
	if name.Escaped() {
		w.name = jsontext.AppendUnquoted(w.name[:0], text)
		text = w.name
	}
	return w.columns.find(text)
}

// note records where the value of a column is. Of two members of the same name the
// last counts, as in the decoders of callers.
func (w *rowWalker) note(column, _ int, value field) {
	if column >= 0 {
		w.fields[column] = value
	}
}

// text returns a value's text (U7): a string's characters, a number's literal text, 1
// for true, 0 for false, and the compact JSON of an object or a list. ok is false
// when the row lacks the column, or it is null. The text is a part of data, or was
// appended to room; longer is room with it.
func (f field) text(data, room []byte) (text, longer []byte, ok bool) {
	if f.to == 0 {
		return nil, room, false
	}
	value, at := data[f.from:f.to], len(room)
	switch value[0] {
	case '"':
		if value = value[1 : len(value)-1]; !f.escaped {
			return value, room, true
		}
		room = jsontext.AppendUnquoted(room, value)
	case 't':
		room = append(room, '1')
	case 'f':
		room = append(room, '0')
	case 'n':
		return nil, room, false
	case '{', '[':
		w := jsontext.Walker{Src: value, Dst: room, Depth: maxDataDepth, Mode: jsontext.Copy}
		w.Whole() // valid: the row walker has checked it
		room = w.Dst
	default:
		return value, room, true
	}
	return room[at:len(room):len(room)], room, true
}

// grow makes room in a full list. It estimates the number of entries from the part of
// the data before pos, but makes room for at most most entries. So a long list grows
// about once, and a short one stays small.
func grow[T any](list []T, each, pos, size, most int) []T {
	if len(list)+each <= cap(list) {
		return list
	}
	const first = 16
	more := first * each
	if len(list) > 0 {
		perByte := float64(len(list)) / float64(pos+1)
		more += int(perByte * float64(size-pos) * 1.05)
	}
	return slices.Grow(list, max(each, min(more, most-len(list))))
}
