package uapi_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A second implementation of the rules of U10 to U13, on decoded maps and without
// regard to cost. Package uapi must have the same results.

type wantFilter struct{ column, kind, term string }

type wantSort struct {
	column, method string
	reverse        bool
}

type wanted struct {
	filters     []wantFilter
	sort        []wantSort
	start, size int // size 0: no pages
	columns     []string
}

// query returns the wanted modifiers as arguments.
func (w wanted) query() map[string]string {
	q := map[string]string{}
	for i, f := range w.filters {
		q["api.filter_column_"+itoa(i)], q["api.filter_type_"+itoa(i)], q["api.filter_term_"+itoa(i)] = f.column, f.kind, f.term
	}
	for i, s := range w.sort {
		q["api.sort_column_"+itoa(i)], q["api.sort_method_"+itoa(i)] = s.column, s.method
		q["api.sort_reverse_"+itoa(i)] = map[bool]string{true: "1", false: "0"}[s.reverse]
	}
	if w.size > 0 {
		q["api.paginate_start"], q["api.paginate_size"] = itoa(w.start), itoa(w.size)
	}
	for i, c := range w.columns {
		q["api.columns_"+itoa(i)] = c
	}
	return q
}

// apply returns the expected rows, each as its members' raw values, and how many rows
// the filters kept.
func (w wanted) apply(t testing.TB, data []byte) (rows []map[string]json.RawMessage, total int) {
	t.Helper()
	var all []map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	for _, row := range all {
		if !slices.ContainsFunc(w.filters, func(f wantFilter) bool { return !f.keeps(textOf(row[f.column])) }) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b map[string]json.RawMessage) int {
		for _, s := range w.sort {
			if c := s.compare(a[s.column], b[s.column]); c != 0 {
				return c
			}
		}
		return 0
	})
	total = len(rows)
	if w.size > 0 && w.start > 0 {
		from := min(w.start-1, total)
		rows = rows[from:min(from+w.size, total)]
	}
	if len(w.columns) > 0 {
		for i, row := range rows {
			kept := map[string]json.RawMessage{}
			for _, c := range w.columns {
				if v, ok := row[c]; ok {
					kept[c] = v
				}
			}
			rows[i] = kept
		}
	}
	return rows, total
}

// textOf is the rule of U7, with "" for a missing or null value.
func textOf(v json.RawMessage) string {
	switch {
	case v == nil || string(v) == "null":
		return ""
	case v[0] == '{' || v[0] == '[':
		var b bytes.Buffer
		if err := json.Compact(&b, v); err != nil {
			panic(err)
		}
		return b.String()
	}
	return literal(v)
}

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?$`)

func number(text string) (*big.Rat, bool) {
	if !numberForm.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func (f wantFilter) keeps(text string) bool {
	switch f.kind {
	case "contains", "begins", "ends":
		sign := map[string][2]string{"contains": {"", ""}, "begins": {`\A`, ""}, "ends": {"", `\z`}}[f.kind]
		return regexp.MustCompile("(?i)" + sign[0] + regexp.QuoteMeta(f.term) + sign[1]).MatchString(text)
	case "matches":
		return regexp.MustCompile(f.term).MatchString(text)
	case "eq":
		return text == f.term
	case "ne":
		return text != f.term
	case "defined":
		return text != ""
	case "undefined":
		return text == ""
	}
	kind, handles := strings.CutSuffix(f.kind, "_handle_unlimited")
	rank := func(text string) (int, *big.Rat) {
		if n, ok := number(text); ok {
			return 1, n
		} else if handles && text == "unlimited" {
			return 2, new(big.Rat)
		}
		return 0, nil
	}
	value, n := rank(text)
	term, m := rank(f.term)
	if value == 0 || term == 0 {
		return false
	}
	c := cmp.Or(cmp.Compare(value, term), n.Cmp(m))
	return kind == "lt" && c < 0 || kind == "gt" && c > 0
}

func (s wantSort) compare(a, b json.RawMessage) (c int) {
	x, y := s.read(a), s.read(b)
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	}
	switch x := x.(type) {
	case string:
		c = strings.Compare(x, y.(string))
	case netip.Addr:
		c = x.Compare(y.(netip.Addr))
	case *big.Rat:
		y := y.(*big.Rat)
		c = x.Cmp(y)
		if s.method == "numeric_zero_as_max" && x.Sign()*y.Sign() == 0 {
			c = map[bool]int{true: 1}[x.Sign() == 0] - map[bool]int{true: 1}[y.Sign() == 0]
		}
	}
	if s.reverse {
		c = -c
	}
	return c
}

// read returns a value as the method reads it, nil when the method cannot read it.
func (s wantSort) read(v json.RawMessage) any {
	text := textOf(v)
	switch s.method {
	case "lexicographic":
		if v == nil || string(v) == "null" {
			return nil
		}
		return text
	case "ipv4":
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() {
			return a
		}
		return nil
	}
	if n, ok := number(text); ok {
		return n
	}
	return nil
}
