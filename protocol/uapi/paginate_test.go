package uapi_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestU12Paginate(t *testing.T) {
	five := rowsOf("0 1 2 3 4")
	many := rowsOf(strings.Repeat("7 ", 250))
	for _, c := range []struct {
		query, rows, want                     string
		current, perPage, start, pages, total int
	}{
		{"api.paginate=1", five, "0 1 2 3 4", 1, 100, 1, 1, 5},
		{"api.paginate=1", many, strings.Repeat("7 ", 100), 1, 100, 1, 3, 250},
		{"api.paginate_page=3", many, strings.Repeat("7 ", 50), 3, 100, 201, 3, 250},
		{"api.paginate_size=2", five, "0 1", 1, 2, 1, 3, 5},
		{"api.paginate_start=2&api.paginate_size=2", five, "1 2", 1, 2, 2, 3, 5},
		{"api.paginate_start=3&api.paginate_size=2", five, "2 3", 2, 2, 3, 3, 5},
		{"api.paginate_start=5&api.paginate_size=2", five, "4", 3, 2, 5, 3, 5},
		{"api.paginate_page=3&api.paginate_size=2", five, "4", 3, 2, 5, 3, 5},
		{"api.paginate_page=3&api.paginate_size=2&api.paginate_start=1", five, "0 1", 1, 2, 1, 3, 5},
		{"api.paginate_start=6&api.paginate_size=5", five, "", 2, 5, 6, 1, 5},
		{"api.paginate_page=1000000000&api.paginate_size=1000000000", five, "", 1000000000, 1000000000, 999999999000000001, 1, 5},
		{"api.paginate_start=-1&api.paginate_size=2&api.paginate_page=2", five, "0 1 2 3 4", 1, 5, 1, 1, 5},
		{"api.paginate_start=-1", many, strings.Repeat("7 ", 250), 1, 250, 1, 1, 250},
		{"api.paginate=1", " [ ] ", "", 1, 100, 1, 0, 0},
		{"api.paginate_start=-1", "[]", "", 1, 0, 1, 0, 0},
		{"api.paginate=1&api.paginate_start=&api.paginate_size=&api.paginate_page=", five, "0 1 2 3 4", 1, 100, 1, 1, 5},
		{"api.filter_column=v&api.filter_type=ne&api.filter_term=1&api.paginate_start=2&api.paginate_size=2", five, "2 3", 1, 2, 2, 2, 4},
	} {
		data, got := apply(t, c.query, c.rows)
		meta := fmt.Sprintf(`{"current_page":%d,"results_per_page":%d,"start_result":%d,"total_pages":%d,"total_results":%d}`, c.current, c.perPage, c.start, c.pages, c.total)
		if have := column(t, data); have != strings.TrimSpace(c.want) || string(got.Metadata["paginate"]) != meta {
			t.Errorf("%s\n got %s %s\nwant %s %s", c.query, have, got.Metadata["paginate"], c.want, meta)
		}
		if data == "" || c.want == "" && data != "[]" {
			t.Errorf("%s: past the end is %q, want []", c.query, data)
		}
	}
}
