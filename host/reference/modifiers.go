package reference

// modifiers returns the output modifiers of UAPI (U10 to U13) as parameters of a
// query, by name. A body may have them, too.
func modifiers() ordered[parameter] {
	var list ordered[parameter]
	add := func(name, about string, s *schema) {
		list.add(name, parameter{Name: name, In: "query", Description: about, Schema: s})
	}
	text := func() *schema { return &schema{Type: types{"string"}} }
	choice := func(fallback string, others ...string) *schema {
		values, err := encode(append([]string{fallback}, others...))
		if err != nil { // texts can always be encoded
			panic(err)
		}
		return &schema{Type: types{"string"}, Enum: raw(values), Default: raw(quoted(fallback))}
	}
	flag := func() *schema { return &schema{Type: types{"integer"}, Enum: flagValues} }
	number := func(least raw) *schema {
		return &schema{Type: types{"integer"}, Minimum: least}
	}
	const more = " More of them have numbers: `_0`, `_1` and so on at the end of each name."

	add("api.filter", "0 switches filters off.", flag())
	add("api.filter_column", "Keeps the entries in which this member matches the term; all filters must match."+more, text())
	add("api.filter_type",
		"How the member is compared. `contains`, `begins` and `ends` ignore case; `matches` takes a regular expression in RE2 syntax; "+
			"`lt` and `gt` compare numbers; with `_handle_unlimited`, the word unlimited is above all numbers; "+
			"`defined` and `undefined` take no term.",
		choice("contains", "begins", "ends", "matches", "eq", "ne", "lt", "gt",
			"lt_handle_unlimited", "gt_handle_unlimited", "defined", "undefined"))
	add("api.filter_term", "What the member is compared with.", text())

	add("api.sort", "0 switches sorting off.", flag())
	add("api.sort_column", "Sorts by this member; values that the method cannot read come last."+more, text())
	add("api.sort_method", "How values are compared.", choice("lexicographic", "numeric", "numeric_zero_as_max", "ipv4"))
	add("api.sort_reverse", "1 reverses the order.", flag())

	add("api.paginate", "1 keeps one page, 0 all.", flag())
	add("api.paginate_start", "The page's first entry, counted from 1; -1 means all entries.", number("-1"))
	size, page := number("1"), number("1")
	size.Default, page.Default = "100", "1"
	add("api.paginate_size", "How many entries a page has.", size)
	add("api.paginate_page", "Which page, counted from 1, when no start is given.", page)

	add("api.columns", "0 keeps all members.", flag())
	for _, letter := range []string{"a", "b"} {
		const about = "Keeps only this member and those that other `api.columns_…` name (`_a`, `_b`, … or `_0`, `_1`, …)."
		add("api.columns_"+letter, about, text())
	}
	return list
}
