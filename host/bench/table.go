package main

import (
	"fmt"
	"regexp"
	"slices"

	"liveapi.host/host/bench/internal/measure"
)

// table is rows that are printed together.
type table struct {
	name    string
	rows    []*row
	scripts bool // callers are scripts, whose own processor time is printed
}

// row is one way to make a call.
type row struct {
	name    string
	callers []int     // how many call at once, one measurement each
	base    string    // the row of the table that the ratios refer to; "": the first
	servers []*server // whose processor time counts; started before the first measurement
	measure func(*measurement) error

	results map[int][]measured // by the number of callers
}

// find returns the row that r's ratios refer to.
func (t *table) find(r *row) *row {
	for _, other := range t.rows {
		if other.name == r.base {
			return other
		}
	}
	return t.rows[0]
}

// selected returns the rows whose "TABLE/NAME" matches, and those that their
// ratios refer to, at the same numbers of callers. override replaces the numbers
// of every row when it is not empty.
func selected(all []*table, only *regexp.Regexp, override []int) ([]*table, error) {
	var tables []*table
	for _, t := range all {
		wanted := make(map[*row][]int)
		for _, r := range t.rows {
			if !only.MatchString(t.name + "/" + r.name) {
				continue
			}
			if len(override) > 0 {
				r.callers = override
			}
			base := t.find(r)
			wanted[r] = append(wanted[r], r.callers...)
			wanted[base] = append(wanted[base], r.callers...)
		}
		if len(wanted) == 0 {
			continue
		}
		part := &table{name: t.name, scripts: t.scripts}
		for _, r := range t.rows {
			if callers := wanted[r]; callers != nil {
				slices.Sort(callers)
				r.callers, r.base = slices.Compact(callers), t.find(r).name
				part.rows = append(part.rows, r)
			}
		}
		tables = append(tables, part)
	}
	if tables == nil {
		return nil, fmt.Errorf("no row is called %q; rows are named TABLE/NAME", only)
	}
	return tables, nil
}

// measureAll measures every row in each of several rounds, one after the other.
func measureAll(tables []*table, o options) error {
	for round := range o.rounds {
		for _, t := range tables {
			for _, r := range t.rows {
				for _, n := range r.callers {
					measure.Progress(fmt.Sprintf("round %d of %d: %s/%s, %d callers", round+1, o.rounds, t.name, r.name, n))
					if err := r.once(n, o); err != nil {
						return fmt.Errorf("%s/%s at %d callers: %w", t.name, r.name, n, err)
					}
				}
			}
		}
	}
	measure.Progress("")
	return nil
}

func (r *row) once(n int, o options) error {
	for _, s := range r.servers {
		if err := s.ensure(); err != nil {
			return err
		}
	}
	m := &measurement{callers: n, span: o.span, servers: r.servers}
	if err := r.measure(m); err != nil {
		return err
	}
	if r.results == nil {
		r.results = make(map[int][]measured)
	}
	r.results[n] = append(r.results[n], m.summary())
	return nil
}
