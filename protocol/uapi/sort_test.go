package uapi_test

import (
	"strconv"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestU11Sort(t *testing.T) {
	const method = "api.sort_column=v&api.sort_method="
	for _, c := range []struct{ name, query, values, want string }{
		{"lexicographic is the default, by bytes", "api.sort_column=v", `"b" "a" "B" "é" "aa" "" 10 9`, `"" 10 9 "B" "a" "aa" "b" "é"`},
		{"by name", method + "lexicographic", `"b" "a"`, `"a" "b"`},
		{"switched on", "api.sort=1&api.sort_column=v", `"b" "a"`, `"a" "b"`},
		{"missing and null last", "api.sort_column=v", `null "b" - "a"`, `"a" "b" null -`},
		{"missing and null last when reversed", "api.sort_column=v&api.sort_reverse=1", `null "b" - "a"`, `"b" "a" null -`},
		{"long common starts", "api.sort_column=v", `"abcdefghij2" "abcdefghij1" "abcdefgh" "abcdefg" "abcdefg\u0000"`, `"abcdefg" "abcdefg\u0000" "abcdefgh" "abcdefghij1" "abcdefghij2"`},
		{"escapes count as characters", "api.sort_column=v", `"\u0062" "a\/b" "a.b" "\ud83c\udf0d" "z"`, `"a.b" "a\/b" "\u0062" "z" "\ud83c\udf0d"`},
		{"nested by its text", "api.sort_column=v", `[2] {"a":1} [1] "x"`, `[1] [2] "x" {"a":1}`},
		{"numeric", method + "numeric", `10 "9" 1e1 -1 "x" 0.5 true "" null - "07"`, `-1 0.5 true "07" "9" 10 1e1 "x" "" null -`},
		{"numeric reversed", method + "numeric&api.sort_reverse=1", `10 "9" 1e1 -1 "x" 0.5 - "y"`, `10 1e1 "9" 0.5 -1 "x" - "y"`},
		{"numeric is exact", method + "numeric", `9007199254740993 9007199254740992 9007199254740994 -9007199254740993 -9007199254740992`,
			`-9007199254740993 -9007199254740992 9007199254740992 9007199254740993 9007199254740994`},
		{"numeric beyond 18 digits", method + "numeric", `1234567890123456789.02 1234567890123456789.010 1234567890123456789.01 1234567890123456788.9 0.1234567890123456789 12345678901234567890 1234567890123456789`,
			`0.1234567890123456789 1234567890123456788.9 1234567890123456789 1234567890123456789.010 1234567890123456789.01 1234567890123456789.02 12345678901234567890`},
		{"numeric and powers", method + "numeric", `1e999999999 1e-999999999 0 -1e999999999 0.001e3 "1e1000000000" 0e9`, `-1e999999999 0 0e9 1e-999999999 0.001e3 1e999999999 "1e1000000000"`},
		{"forms of a number", method + "numeric", `"5." ".4" "." "+3" "-" "1e" "0x1" "1_0" "2e0" "Inf"`, `".4" "2e0" "+3" "5." "." "-" "1e" "0x1" "1_0" "Inf"`},
		{"zero as max", method + "numeric_zero_as_max", `0 5 "0.00" -1 "x" false`, `-1 5 0 "0.00" false "x"`},
		{"zero as max reversed", method + "numeric_zero_as_max&api.sort_reverse=1", `"x" 5 0 -1 7`, `0 7 5 -1 "x"`},
		{"ipv4", method + "ipv4", `"10.0.0.10" "9.255.0.1" "10.0.0.9" "10.0.0.256" "1.2.3" "::1" "01.2.3.4" "1.2.3.4.5" 1.2 "1.2.3." "0.0.0.0"`,
			`"0.0.0.0" "9.255.0.1" "10.0.0.9" "10.0.0.10" "10.0.0.256" "1.2.3" "::1" "01.2.3.4" "1.2.3.4.5" 1.2 "1.2.3."`},
		{"ipv4 reversed", method + "ipv4&api.sort_reverse=1", `"x" "1.1.1.1" "2.2.2.2"`, `"2.2.2.2" "1.1.1.1" "x"`},
		{"no rows", "api.sort_column=v", ``, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, got := apply(t, c.query, rowsOf(c.values))
			if have := column(t, data); have != c.want {
				t.Errorf("got %s\nwant %s", have, c.want)
			}
			if got.Metadata != nil {
				t.Errorf("metadata %s", got.Metadata)
			}
		})
	}
}

func TestU11SortBySeveralColumns(t *testing.T) {
	const rows = `[{"a":"x","v":1},{"a":"y","v":2},{"a":"x","v":3},{"v":4},{"a":"y","v":5}]`
	for query, want := range map[string]string{
		"api.sort_column=a&api.sort_column_0=v&api.sort_method_0=numeric&api.sort_reverse_0=1":   "3 1 5 2 4",
		"api.sort_column_0=a&api.sort_reverse_0=1&api.sort_column_5=v&api.sort_method_5=numeric": "2 5 1 3 4",
		"api.sort_column_10=v&api.sort_column_9=a":                                               "1 3 2 5 4",
		"api.sort_column=a":                          "1 3 2 5 4",
		"api.sort_column=a&api.sort_reverse=1":       "2 5 1 3 4",
		"api.sort_column=nothing&api.sort_reverse=1": "1 2 3 4 5",
		"api.sort_column_0=v&api.sort_method_0=numeric&api.sort_reverse_0=1&api.paginate_start=2&api.paginate_size=2":        "4 3",
		"api.sort_column=a&api.filter_column=v&api.filter_type=ne&api.filter_term=3&api.paginate_page=2&api.paginate_size=2": "5 4",
	} {
		data, _ := apply(t, query, rows)
		if got := column(t, data); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
