package uapi_test

import "testing"

func TestU13Columns(t *testing.T) {
	const rows = `[{"b":1,"a": "x\/" ,"c":[ 1 ]}, {"c":null},{},{"a":1,"a":2,"b":{"a":3}},{"\u0061":4}]`
	for query, want := range map[string]string{
		"api.columns_a=a":                        `[{"a": "x\/"},{},{},{"a":1,"a":2},{"\u0061":4}]`,
		"api.columns=1&api.columns_a=c":          `[{"c":[ 1 ]},{"c":null},{},{},{}]`,
		"api.columns_a=b&api.columns_b=a":        `[{"b":1,"a": "x\/"},{},{},{"a":1,"a":2,"b":{"a":3}},{"\u0061":4}]`,
		"api.columns_0=b&api.columns_7=b":        `[{"b":1},{},{},{"b":{"a":3}},{}]`,
		"api.columns_1=b&api.columns_aa=c":       `[{"b":1,"c":[ 1 ]},{"c":null},{},{"b":{"a":3}},{}]`,
		"api.columns_a=nothing":                  `[{},{},{},{},{}]`,
		"api.columns_a=b&api.paginate_start=4":   `[{"b":{"a":3}},{}]`,
		"api.columns_a=b&api.sort_column=c":      `[{"b":1},{},{},{"b":{"a":3}},{}]`,
		"api.columns_a=c&api.columns_b=&api.x=1": `[{"c":[ 1 ]},{"c":null},{},{},{}]`,
	} {
		if got, r := apply(t, query, rows); got != want || r.Metadata["filter"] != nil {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}
