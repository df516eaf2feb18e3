package uapi

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"liveapi.host/protocol"
)

// Limits of one call. Sort keys take memory for every row, so there are fewer of
// them; those of all rows together take at most about 100 MB.
const (
	maxFilters     = 64
	maxColumns     = 64
	maxSortColumns = 8
	maxKeys        = 2_000_000
)

// NotRows warns that output modifiers found no rows (U §3).
const NotRows = "The output modifiers were ignored: the data is no list of objects."

// Modifiers are the changes that a call requests for the rows of its result: filter,
// sort, paginate and columns (U10 to U13). They are immutable, so any number of
// goroutines may use them. A nil pointer means no modifiers.
type Modifiers struct {
	read     columns // the columns that filters and sort use
	filters  []filter
	sort     []sortColumn
	page     *pagination
	keep     columns
	projects bool
}

// HasModifiers reports at little cost whether raw arguments may contain output
// modifiers. It does not decode, so it may return true although there are none; it
// never returns false when [DecodeModifiers] finds some.
func HasModifiers(args json.RawMessage, api protocol.APIVersion) bool {
	prefix := modifierPrefix(api)
	if prefix == "" {
		return false
	}
	return bytes.Contains(args, []byte(prefix)) || bytes.Contains(args, []byte(`\u`))
}

// DecodeModifiers reads the output modifiers among a call's arguments (U10 to
// U15): api.* for UAPI, api2_* for API 2; API 1 has none. It returns nil when
// there are no modifiers, or all are switched off. Unknown names are ignored (U14).
//
// An error is a [*protocol.Error] of code invalid that names the argument, its
// value and what is allowed (U14). A host decodes before it runs the function, so
// that a call with a bad modifier has no effect.
func DecodeModifiers(api protocol.APIVersion, args Args) (*Modifiers, error) {
	prefix := modifierPrefix(api)
	if prefix == "" {
		return nil, nil
	}
	s, err := spell(prefix, args)
	if s == nil {
		return nil, err
	}
	m := &Modifiers{}
	if m.filters, err = decodeFilters(s, &m.read); err != nil {
		return nil, err
	}
	if m.sort, err = decodeSort(s, &m.read); err != nil {
		return nil, err
	}
	if m.page, err = decodePagination(s); err != nil {
		return nil, err
	}
	if m.keep, m.projects, err = decodeColumns(s); err != nil {
		return nil, err
	}
	if m.filters == nil && m.sort == nil && m.page == nil && !m.projects {
		return nil, nil
	}
	return m, nil
}

// Apply returns the result with its rows filtered, sorted, cut into a page and
// reduced to columns, in this order (U §3), and with the metadata of U10 and U12.
// r is not changed; the new result shares unchanged parts with it. The bytes of a row
// are not changed. The cost is linear in the data, and n log n in the number of sorted
// rows.
//
// A failed result is returned unchanged. A result whose data is not an array of
// objects gets [NotRows] as a warning and is otherwise unchanged; [AppendCore] checks
// whether the data is JSON.
//
// An error is that of ctx, which ended before the data had been read, or a
// [*protocol.Error] of code failed: there are too many rows to sort. The function
// has run in both cases.
func (m *Modifiers) Apply(ctx context.Context, r *protocol.Result) (*protocol.Result, error) {
	if m == nil || r == nil || r.Status != 1 {
		return r, nil
	}
	out := *r
	chosen, ok, err := m.choose(ctx, r.Data)
	if err != nil {
		return nil, err
	}
	if !ok {
		out.Warnings = append(slices.Clip(r.Warnings), NotRows)
		return &out, nil
	}
	out.Data = m.write(r.Data, chosen)
	out.Metadata = m.metadata(r.Metadata, chosen)
	return &out, nil
}

// choice is the result of filter, sort and paginate.
type choice struct {
	before int    // number of rows in the data
	total  int    // number of rows that the filters kept
	rows   []span // of the page; adjacent rows are one span
}

// checkEvery is the number of rows between two checks of the context.
const checkEvery = 16

// choose walks the data once. It returns false when the data is not an array of
// objects.
func (m *Modifiers) choose(ctx context.Context, data []byte) (c choice, ok bool, err error) {
	w := newRowWalker(data, m.read)
	s := sieve{ctx: ctx, filters: m.filters}
	o := order{by: m.sort}
	from, to := m.page.bounds()
	last := -2 // the row chosen last
	ok = w.rows(func(row span) bool {
		c.before++
		if c.before%checkEvery == 0 {
			if err = ctx.Err(); err != nil {
				return false
			}
		}
		if !s.keeps(data, w.fields) {
			return true
		}
		at := c.total
		c.total++
		switch {
		case len(m.sort) > 0:
			err = o.add(data, row, w.fields)
		case at < from || at >= to:
		case last == c.before-1:
			c.rows[len(c.rows)-1].to = row.to
			last = c.before
		default:
			c.rows = append(grow(c.rows, 1, row.to, len(data), to-from), row)
			last = c.before
		}
		return err == nil
	})
	if err == nil {
		err = ctx.Err() // which also ends a match
	}
	if err != nil || !ok || len(m.sort) == 0 {
		return c, ok, err
	}
	places := o.sorted()
	places = places[min(from, len(places)):min(to, len(places))]
	c.rows = make([]span, len(places))
	for i, place := range places {
		c.rows[i] = o.rows[place]
	}
	return c, true, nil
}

// write makes the new data from the bytes of the rows.
func (m *Modifiers) write(data []byte, c choice) json.RawMessage {
	size := len("[]")
	for _, rows := range c.rows {
		size += rows.to - rows.from + len(",")
	}
	out := append(make([]byte, 0, size), '[')
	var p *projection
	if m.projects {
		p = newProjection(data, m.keep)
	}
	for i, rows := range c.rows {
		if i > 0 {
			out = append(out, ',')
		}
		if p != nil {
			out = p.appendRows(out, rows)
		} else {
			out = append(out, data[rows.from:rows.to]...)
		}
	}
	return append(out, ']')
}

// metadata adds the members of filters and pagination; callers read the number of
// records from one of two places (U10).
func (m *Modifiers) metadata(old map[string]json.RawMessage, c choice) map[string]json.RawMessage {
	if m.filters == nil && m.page == nil {
		return old
	}
	all := make(map[string]json.RawMessage, len(old)+3)
	maps.Copy(all, old)
	if m.filters != nil {
		before := strconv.AppendInt(nil, int64(c.before), 10)
		all["records_before_filter"] = before
		all["filter"] = slices.Concat([]byte(`{"records_before_filter":`), before, []byte("}"))
	}
	if m.page != nil {
		all[paginate] = m.page.appendMetadata(nil, c.total)
	}
	return all
}
