package uapi_test

import (
	"strings"
	"testing"
)

func TestU10Filter(t *testing.T) {
	const words = `"alpha" "Beta" "GAMMA" "" null - 1 1.0 true false {"a":"alpha"} [1]`
	for _, c := range []struct{ name, query, values, want string }{
		{"contains is the default", "api.filter_term=A", words, `"alpha" "Beta" "GAMMA" {"a":"alpha"}`},
		{"contains", "api.filter_type=contains&api.filter_term=lp", words, `"alpha" {"a":"alpha"}`},
		{"an empty type is the default", "api.filter_type=&api.filter_term=LP", words, `"alpha" {"a":"alpha"}`},
		{"an empty term is in every text", "api.filter_type=contains", `"a" "" null -`, `"a" "" null -`},
		{"begins", "api.filter_type=begins&api.filter_term=b", words, `"Beta"`},
		{"ends", "api.filter_type=ends&api.filter_term=a", words, `"alpha" "Beta" "GAMMA"`},
		{"longer than the value", "api.filter_type=ends&api.filter_term=xalpha", words, ``},
		{"folding of Unicode", "api.filter_term=straße-ÉΣ", `"STRAßE-éς" "strasse-éσ" "straẞe-Éσ" "STRAßE-EΣ"`, `"STRAßE-éς" "straẞe-Éσ"`},
		{"signs that fold to ASCII", "api.filter_term=KS", `"\u212a\u017f" "ks" "k_s"`, `"\u212a\u017f" "ks"`},
		{"matches knows case", "api.filter_type=matches&api.filter_term=^[A-Z]", words, `"Beta" "GAMMA"`},
		{"matches anywhere", "api.filter_type=matches&api.filter_term=m+", `"hmm" "MM"`, `"hmm"`},
		{"matches an empty text", "api.filter_type=matches&api.filter_term=^$", words, `"" null -`},
		{"eq", "api.filter_type=eq&api.filter_term=1", words, `1 true`},
		{"eq knows forms of a number apart", "api.filter_type=eq&api.filter_term=1.0", words, `1.0`},
		{"eq of false", "api.filter_type=eq&api.filter_term=0", words, `false`},
		{"eq knows case", "api.filter_type=eq&api.filter_term=beta", words, ``},
		{"eq of nested, compact", "api.filter_type=eq&api.filter_term=[1]", words, `[1]`},
		{"eq of nothing", "api.filter_type=eq", words, `"" null -`},
		{"ne", "api.filter_type=ne&api.filter_term=1", `1 1.0 "1" true "x" null -`, `1.0 "x" null -`},
		{"escapes", `api.filter_type=eq&api.filter_term=a/é"`, `"a\/\u00e9\"" "a/é\"" "a\\/é"`, `"a\/\u00e9\"" "a/é\""`},
		{"lt", "api.filter_type=lt&api.filter_term=10", `9 "9" 10 10.5 "abc" "" null - true -11 1e1 9.99e0 "unlimited"`, `9 "9" true -11 9.99e0`},
		{"gt", "api.filter_type=gt&api.filter_term=1e1", `9 "9" 10 10.5 "abc" "" null - 1e1 100 "unlimited" "+11" "\u002011"`, `10.5 100 "+11"`},
		{"lt is exact", "api.filter_type=lt&api.filter_term=9007199254740993", `9007199254740992 9007199254740993 9007199254740994 9007199254740992.9`, `9007199254740992 9007199254740992.9`},
		{"gt is exact", "api.filter_type=gt&api.filter_term=123456789012345678901234567890", `123456789012345678901234567890 123456789012345678901234567891 1.2345678901234567890123456789000001e29 1e400`,
			`123456789012345678901234567891 1.2345678901234567890123456789000001e29 1e400`},
		{"lt of 18 digits and more", "api.filter_type=lt&api.filter_term=123456789012345678", `123456789012345678.0 123456789012345678.00e0 123456789012345677.9 123456789012345678`, `123456789012345677.9`},
		{"gt of 18 digits and more", "api.filter_type=gt&api.filter_term=123456789012345678", `123456789012345678.0 1234567890123456780e-1 123456789012345678.01 123456789012345678`, `123456789012345678.01`},
		{"gt of powers with up to nine digits", "api.filter_type=gt&api.filter_term=1e999999998", `1e999999999 "1e1000000000" "1e0000000001" "1e9999999999999999999999"`, `1e999999999`},
		{"gt of negatives", "api.filter_type=gt&api.filter_term=-0.5", `-0.6 -0.50 -0.4 0 -0 0e5 1`, `-0.4 0 -0 0e5 1`},
		{"gt of zero", "api.filter_type=gt&api.filter_term=-0.0", `-1 0 0.00 1e-400 -1e-400`, `1e-400`},
		{"lt with unlimited", "api.filter_type=lt_handle_unlimited&api.filter_term=10", `9 11 "unlimited" "Unlimited" "x"`, `9`},
		{"gt with unlimited", "api.filter_type=gt_handle_unlimited&api.filter_term=10", `9 11 "unlimited" "Unlimited" "x"`, `11 "unlimited"`},
		{"lt unlimited", "api.filter_type=lt_handle_unlimited&api.filter_term=unlimited", `9 1e999 "unlimited" "x" null`, `9 1e999`},
		{"gt unlimited", "api.filter_type=gt_handle_unlimited&api.filter_term=unlimited", `9 1e999 "unlimited" "x" null`, ``},
		{"defined", "api.filter_type=defined&api.filter_term=ignored", words, `"alpha" "Beta" "GAMMA" 1 1.0 true false {"a":"alpha"} [1]`},
		{"undefined", "api.filter_type=undefined", words, `"" null -`},
		{"switched on", "api.filter=1&api.filter_term=et", words, `"Beta"`},
		{"AND", "api.filter_term=a&api.filter_column_0=v&api.filter_type_0=ends&api.filter_term_0=A&api.filter_column_7=n&api.filter_type_7=gt&api.filter_term_7=0", words, `"Beta" "GAMMA"`},
		{"a column that nothing has", "api.filter_column_1=w&api.filter_type_1=defined", words, ``},
		{"no rows", "api.filter_term=x", ``, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := rowsOf(c.values)
			data, got := apply(t, "api.filter_column=v&"+c.query, rows)
			if have := column(t, data); have != c.want {
				t.Errorf("got %s\nwant %s", have, c.want)
			}
			before := strings.Count(rows, `{"n"`)
			if n := string(got.Metadata["records_before_filter"]); n != itoa(before) {
				t.Errorf("records_before_filter is %s, want %d", n, before)
			}
			if n := string(got.Metadata["filter"]); n != `{"records_before_filter":`+itoa(before)+`}` {
				t.Errorf("filter is %s", n)
			}
		})
	}
}

// Of two members of the same name the last counts, as in callers' decoders; names are
// compared by their characters, also with escapes.
func TestU10FilterNames(t *testing.T) {
	data, _ := apply(t, "api.filter_column=é&api.filter_type=eq&api.filter_term=1", `[{"é":1,"é":2},{"é":2,"é":1},{"\u00e9":1},{"E":1},{"é":2,"é":null}]`)
	if want := `[{"é":2,"é":1},{"\u00e9":1}]`; data != want {
		t.Errorf("got %s, want %s", data, want)
	}
}

// Many columns are found as reliably as few.
func TestU10ManyColumns(t *testing.T) {
	var query, good strings.Builder
	for i := range 40 {
		query.WriteString(
			"&api.filter_column_" + itoa(
				i,
			) + "=c" + itoa(
				i,
			) + "&api.filter_type_" + itoa(
				i,
			) + "=eq&api.filter_term_" + itoa(
				i,
			) + "=" + itoa(
				i,
			),
		)
		good.WriteString(`,"c` + itoa(i) + `":` + itoa(i))
	}
	row := "{" + good.String()[1:] + "}"
	bad := strings.Replace(row, `"c39":39`, `"c39":38`, 1)
	if data, _ := apply(t, query.String()[1:], "["+bad+","+row+","+bad+"]"); data != "["+row+"]" {
		t.Errorf("got %s", data)
	}
}
