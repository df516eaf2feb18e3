package uapi

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"liveapi.host/protocol"
)

// Sort methods (U11).
const (
	methodText    = "lexicographic"
	methodNumeric = "numeric"
	methodZeroMax = "numeric_zero_as_max"
	methodIPv4    = "ipv4"
)

// sortColumn is one key of the order (U11).
type sortColumn struct {
	column  int // index into the columns that are read
	method  string
	reverse bool
}

// decodeSort reads the arguments of U11, and adds the columns that they use. The
// column without a number is the first key; the others follow by number.
func decodeSort(s *spelling, read *columns) ([]sortColumn, error) {
	groups := s.groups("sort_column", "sort_method", "sort_reverse")
	on, err := s.enabled("sort", len(groups) > 0)
	if err != nil || !on {
		return nil, err
	}
	var keys []sortColumn
	for _, n := range groups {
		column, method := s.text(numbered("sort_column", n)), s.text(numbered("sort_method", n))
		reverse, err := s.flag(numbered("sort_reverse", n))
		switch {
		case err != nil:
			return nil, err
		case column == "" && (reverse || method != ""):
			return nil, s.missing(numbered("sort_column", n))
		case column == "":
			continue
		case len(keys) == maxSortColumns:
			return nil, s.tooMany(numbered("sort_column", n), "columns to sort by", maxSortColumns)
		}
		switch method {
		case "":
			method = methodText
		case methodText, methodNumeric, methodZeroMax, methodIPv4:
		default:
			return nil, s.wrong(numbered("sort_method", n), "is "+quote(method), "lexicographic, numeric, numeric_zero_as_max "+
				"and ipv4 are allowed")
		}
		keys = append(keys, sortColumn{read.add(column), method, reverse})
	}
	return keys, nil
}

// key is the sort key of one row for one column. A text is in rest, with its first
// bytes also in lead; a number is a decimal; an address is in lead.
type key struct {
	decimal
	class class
}

// class is compared before the value. A reversed order swaps the first two classes;
// values that the method cannot read stay last.
type class uint8

const (
	ordinary class = iota
	aboveAll       // zero, for numeric_zero_as_max
	unreadable
)

// order collects rows and sorts them.
type order struct {
	by   []sortColumn
	rows []span
	keys []key // len(by) of each row
	room []byte
}

// add adds a row of data. It refuses a row when the keys would take too much memory.
func (o *order) add(data []byte, row span, fields []field) error {
	if len(o.keys)+len(o.by) > maxKeys {
		return protocol.Errorf(protocol.CodeFailed, "The function ran, but its result has too many rows to sort, more than %d: "+
			"filter them, or sort by fewer columns.", len(o.rows))
	}
	o.rows = append(grow(o.rows, 1, row.to, len(data), math.MaxInt), row)
	o.keys = grow(o.keys, len(o.by), row.to, len(data), maxKeys)
	for i := range o.by {
		f := fields[o.by[i].column]
		if needs := f.to - f.from; cap(o.room)-len(o.room) < needs {
			o.room = make([]byte, 0, max(needs, min(2*cap(o.room), 64<<10))) // older keys still use the old one
		}
		text, room, ok := f.text(data, o.room)
		o.room = room
		o.keys = append(o.keys, newKey(o.by[i].method, text, ok))
	}
	return nil
}

func newKey(method string, text []byte, ok bool) (k key) {
	switch {
	case !ok:
	case method == methodText:
		k.rest = text
		for i := range 8 {
			k.lead <<= 8
			if i < len(text) {
				k.lead |= uint64(text[i])
			}
		}
	case method == methodIPv4:
		k.lead, ok = parseIPv4(text)
	default:
		if k.decimal, ok = parseDecimal(text); ok && k.sign == 0 && method == methodZeroMax {
			k.class = aboveAll
		}
	}
	if !ok {
		return key{class: unreadable}
	}
	return k
}

// sorted returns the indexes of the rows in their new order. Rows with equal keys stay
// in the order in which they were added, also in a reversed order.
func (o *order) sorted() []int {
	places := make([]int, len(o.rows))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int {
		if c := o.compare(a, b); c != 0 {
			return c
		}
		return a - b
	})
	return places
}

func (o *order) compare(a, b int) int {
	width := len(o.by)
	for i := range o.by {
		x, y := &o.keys[a*width+i], &o.keys[b*width+i]
		if c := compareKeys(&o.by[i], x, y); c != 0 {
			return c
		}
	}
	return 0
}

func compareKeys(by *sortColumn, x, y *key) (c int) {
	switch {
	case x.class != y.class:
		c = cmp.Compare(x.class, y.class)
		if x.class == unreadable || y.class == unreadable {
			return c
		}
	case by.method == methodNumeric || by.method == methodZeroMax:
		c = x.compare(&y.decimal)
	default:
		if c = cmp.Compare(x.lead, y.lead); c == 0 {
			c = bytes.Compare(x.rest, y.rest)
		}
	}
	if by.reverse {
		c = -c
	}
	return c
}

// parseIPv4 reads an address such as 192.0.2.1.
func parseIPv4(text []byte) (address uint64, ok bool) {
	for part := range 4 {
		end := bytes.IndexByte(text, '.')
		if part == 3 {
			end = len(text)
		}
		if end < 1 || end > 3 || text[0] == '0' && end > 1 {
			return 0, false
		}
		octet := uint64(0)
		for _, c := range text[:end] {
			if c < '0' || c > '9' {
				return 0, false
			}
			octet = octet*10 + uint64(c-'0')
		}
		if octet > 255 {
			return 0, false
		}
		address = address<<8 | octet
		text = text[min(end+1, len(text)):]
	}
	return address, len(text) == 0
}
