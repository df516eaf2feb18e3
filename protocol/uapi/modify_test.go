package uapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// query makes the arguments of a call from name=value pairs separated by &.
func query(t testing.TB, text string) uapi.Args {
	t.Helper()
	members := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name != "" {
			members[name] = value
		}
	}
	encoded, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	args, err := uapi.DecodeArgs(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

func modifiers(t testing.TB, text string) *uapi.Modifiers {
	t.Helper()
	m, err := uapi.DecodeModifiers(protocol.UAPI, query(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// apply applies modifiers, given as a query, to rows, and returns the new rows.
func apply(t testing.TB, text, rows string) (string, *protocol.Result) {
	t.Helper()
	r := &protocol.Result{Status: 1, Data: raw(rows)}
	out, err := modifiers(t, text).Apply(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if string(r.Data) != rows || r.Metadata != nil || r.Warnings != nil {
		t.Fatalf("%s changed its input to %v", text, r)
	}
	return string(out.Data), out
}

// column returns the values of the member v of each row.
func column(t testing.TB, rows string) string {
	t.Helper()
	var decoded []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rows), &decoded); err != nil {
		t.Fatalf("%v: %s", err, rows)
	}
	var values []string
	for _, row := range decoded {
		v, ok := row["v"]
		if !ok {
			v = raw("-")
		}
		values = append(values, string(v))
	}
	return strings.Join(values, " ")
}

// rowsOf makes rows with the member v from values in JSON, separated by blanks; - is
// a row without v.
func rowsOf(values string) string {
	var rows []string
	for i, v := range strings.Fields(values) {
		if v == "-" {
			rows = append(rows, fmt.Sprintf(`{"n":%d}`, i))
		} else {
			rows = append(rows, fmt.Sprintf(`{"n":%d,"v":%s}`, i, v))
		}
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func TestU10U15HasModifiers(t *testing.T) {
	for _, c := range []struct {
		args string
		api  protocol.APIVersion
		want bool
	}{
		{``, protocol.UAPI, false}, {`{}`, protocol.UAPI, false}, {`{"domain":"x","api":1}`, protocol.UAPI, false},
		{`{"api.sort":1}`, protocol.UAPI, true}, {`{"api.sort":1}`, 0, true}, {`{"\u0061pi.sort":1}`, protocol.UAPI, true}, {`{"api2_sort":1}`, protocol.UAPI, false},
		{`{"api2_sort":1}`, protocol.API2, true}, {`{"ap\u00692_sort":1}`, protocol.API2, true}, {`{"api.sort":1}`, protocol.API2, false},
		{`{"api.sort":1,"api2_sort":1,"\u0061":1}`, protocol.API1, false},
	} {
		if got := uapi.HasModifiers(raw(c.args), c.api); got != c.want {
			t.Errorf("%s, API %d: %v", c.args, c.api, got)
		}
	}
	args := raw(`{"domain":"example.com","regex":"al","path":"\/home\/alice"}`)
	if n := testing.AllocsPerRun(100, func() { uapi.HasModifiers(args, protocol.UAPI) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The modifiers are nil when none was sent, or all are switched off or unknown.
func TestU14NothingToDo(t *testing.T) {
	for _, text := range []string{
		"", "domain=x", "api.analytics=1&api.normalize=1&api.version=3", "api.filter=1", "api.sort=1", "api.columns=1", "api.filter=0&api.filter_column=a", "api.sort=0&api.sort_column=a",
		"api.paginate=0&api.paginate_start=5", "api.columns=0&api.columns_a=x", "api.filter=&api.filter_column=&api.filter_term=", "api.sort_column=&api.sort_reverse=0",
		"api.paginate_start=&api.paginate_size=", "api.columns_a=", "api.filter=0&api.filter_column=a&api.filter_type=bad", "api.paginate=0&api.paginate_size=0",
		"api.columns_A=x&api.columns_abcd=x&api.columns_=x&api.columns_a1=x&api.columns_-1=x", "api.sort_column_x=a&api.paginate_start_1=x&api.filter_1=x", "api2_sort_column=a",
		"api.filter_column_01=a", "filter_column=a",
	} {
		if m := modifiers(t, text); m != nil {
			t.Errorf("%s is %+v", text, m)
		}
	}
	for _, api := range []protocol.APIVersion{protocol.API1, 9} {
		if m, err := uapi.DecodeModifiers(api, query(t, "api.sort_column=a&api2_sort_column=a&api.filter_type=bad")); m != nil || err != nil {
			t.Errorf("API %d: %v, %v", api, m, err)
		}
	}
	r := &protocol.Result{Status: 1, Data: raw("[{}]")}
	if got, err := (*uapi.Modifiers)(nil).Apply(t.Context(), r); got != r || err != nil {
		t.Error("no modifiers change a result")
	}
}

func TestU14BadModifiers(t *testing.T) {
	const (
		types   = ": contains, begins, ends, matches, eq, ne, lt, gt, lt_handle_unlimited, gt_handle_unlimited, defined and undefined are allowed."
		methods = ": lexicographic, numeric, numeric_zero_as_max and ipv4 are allowed."
		flags   = ": 1 and 0 are allowed."
		whole   = ": whole numbers from 1 are allowed"
	)
	long := strings.Repeat("é", 41)
	many := func(stem string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "api.%s_%d=c%d&", stem, i, i)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		"api.filter_column=a&api.filter_type=contians":                                             "The parameter “api.filter_type” is “contians”" + types,
		"api.filter_column_3=a&api.filter_type_3=" + long:                                          "The parameter “api.filter_type_3” is “" + long[:80] + "…”" + types,
		"api.filter_column=a&api.filter_type=Eq\x00\n\u202e":                                       "The parameter “api.filter_type” is “Eq\ufffd\ufffd\ufffd”" + types,
		"api.filter=yes&api.filter_column=a":                                                       "The parameter “api.filter” is “yes”" + flags,
		"api.sort=2":                                                                               "The parameter “api.sort” is “2”" + flags,
		"api.paginate=-1":                                                                          "The parameter “api.paginate” is “-1”" + flags,
		"api.columns=a,b":                                                                          "The parameter “api.columns” is “a,b”" + flags,
		"api.sort_column=a&api.sort_reverse=down":                                                  "The parameter “api.sort_reverse” is “down”" + flags,
		"api.sort_column_1=a&api.sort_method_1=alpha":                                              "The parameter “api.sort_method_1” is “alpha”" + methods,
		"api.filter_term=x":                                                                        "The parameter “api.filter_column” is required.",
		"api.filter_column_0=a&api.filter_term_1=x":                                                "The parameter “api.filter_column_1” is required.",
		"api.filter_type_2=eq":                                                                     "The parameter “api.filter_column_2” is required.",
		"api.sort_reverse_0=1":                                                                     "The parameter “api.sort_column_0” is required.",
		"api.sort=1&api.sort_method=numeric":                                                       "The parameter “api.sort_column” is required.",
		"api.filter_column=a&api.filter_type=lt":                                                   "The parameter “api.filter_term” is “”: a number is allowed with the type “lt”.",
		"api.filter_column_0=a&api.filter_type_0=gt&api.filter_term_0=1x":                          "The parameter “api.filter_term_0” is “1x”: a number is allowed with the type “gt”.",
		"api.filter_column=a&api.filter_type=gt&api.filter_term=unlimited":                         "The parameter “api.filter_term” is “unlimited”: a number is allowed with the type “gt”.",
		"api.filter_column=a&api.filter_type=lt_handle_unlimited&api.filter_term=lots":             "The parameter “api.filter_term” is “lots”: a number and “unlimited” are allowed with the type “lt_handle_unlimited”.",
		"api.filter_column=a&api.filter_type=matches&api.filter_term=(":                            "The parameter “api.filter_term” is “(” (missing closing )): a regular expression in RE2 syntax is allowed.",
		`api.filter_column=a&api.filter_type=matches&api.filter_term=(a)\1`:                        `The parameter “api.filter_term” is “(a)\1” (invalid escape sequence): a regular expression in RE2 syntax is allowed.`,
		"api.filter_column=a&api.filter_type=matches&api.filter_term=" + strings.Repeat("a", 1001): "The parameter “api.filter_term” has 1001 bytes: at most 1000 are allowed for a regular expression.",
		"api.filter_column=a&api.filter_type=matches&api.filter_term=.{999}x{99}":                  "The parameter “api.filter_term” is “.{999}x{99}”, which is too costly: a regular expression with fewer or smaller repetitions is allowed.",
		"api.paginate_size=0":                                                                      "The parameter “api.paginate_size” is “0”" + whole + ".",
		"api.paginate_size=-1":                                                                     "The parameter “api.paginate_size” is “-1”" + whole + ".",
		"api.paginate_size=1.5":                                                                    "The parameter “api.paginate_size” is “1.5”" + whole + ".",
		"api.paginate_size=1000000001":                                                             "The parameter “api.paginate_size” is “1000000001”: at most 1000000000 is allowed.",
		"api.paginate_start=0":                                                                     "The parameter “api.paginate_start” is “0”" + whole + ", and -1 for everything.",
		"api.paginate_start=-2":                                                                    "The parameter “api.paginate_start” is “-2”" + whole + ", and -1 for everything.",
		"api.paginate_page=99999999999999999999999":                                                "The parameter “api.paginate_page” is “99999999999999999999999”: at most 1000000000 is allowed.",
		"api.paginate_start=2&api.paginate_page=x":                                                 "The parameter “api.paginate_page” is “x”" + whole + ".",
		many("filter_column", 65):                                                                  "The parameter “api.filter_column_64” is one too many: at most 64 filters are allowed.",
		many("sort_column", 9):                                                                     "The parameter “api.sort_column_8” is one too many: at most 8 columns to sort by are allowed.",
		many("columns", 65):                                                                        "The parameter “api.columns_64” is one too many: at most 64 columns are allowed.",
	} {
		m, err := uapi.DecodeModifiers(protocol.UAPI, query(t, text))
		var coded *protocol.Error
		if !errors.As(err, &coded) || coded.Code != protocol.CodeInvalid || coded.Text != want || m != nil {
			t.Errorf("%.90s\n got %v\nwant %s", text, err, want)
		}
	}
	modifiers(t, many("filter_column", 64)+many("sort_column", 8)+many("columns", 64)+"api.paginate_start=1000000000&api.paginate_size=1000000000&api.paginate_page=1000000000")
	args, err := uapi.DecodeArgs(raw(`{"api2_filter_column":["a"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = uapi.DecodeModifiers(protocol.API2, args); err == nil || err.Error() != "The parameter “api2_filter_column” is an object or a list: a text is allowed." {
		t.Error(err)
	}
}

// If the data is not an array of objects, modifiers only add a warning.
func TestUSection3NotRows(t *testing.T) {
	for _, data := range []string{``, `null`, `1`, `"x"`, `{"a":[{}]}`, `[1]`, `[{"v":1},2]`, `[[{"v":1}]]`, `[{"v":1},null]`, `[{"v":1}`, `[{"v":1},]`, `[{"v":1}]]`, `[{"v":1} {}]`, `[{"v"}]`, `[{"v":}]`, `[{,}]`, `[{v:1}]`, `nope`,
		`[{"w":` + strings.Repeat("[", 479) + strings.Repeat("]", 479) + "}]"} {
		for _, text := range []string{"api.filter_column=v&api.filter_term=1", "api.sort_column=v", "api.paginate=1", "api.columns_a=v"} {
			r := &protocol.Result{Status: 1, Data: raw(data), Warnings: append(make([]string, 0, 4), "old"),
				Metadata: map[string]json.RawMessage{"a": raw("1")}}
			got, err := modifiers(t, text).Apply(t.Context(), r)
			if err != nil || string(got.Data) != data || !slices.Equal(got.Warnings, []string{"old", uapi.NotRows}) ||
				!maps.EqualFunc(got.Metadata, r.Metadata, slices.Equal) || len(r.Warnings) != 1 || r.Warnings[:2][1] != "" {
				t.Errorf("%s of %s: %+v, %v; the input became %+v", text, data, got, err, r)
			}
		}
	}
}

// The data of a failed call is not changed, since it is not the requested list.
func TestU3FailedResultsStay(t *testing.T) {
	for _, r := range []*protocol.Result{nil, {Status: 0, Data: raw(`[{"v":2},{"v":1}]`)}, {Status: 2, Data: raw(`[{"v":2},{"v":1}]`)}} {
		if got, err := modifiers(t, "api.sort_column=v&api.paginate=1").Apply(t.Context(), r); got != r || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// ending is a context that ends after a number of calls of Err.
type ending struct {
	context.Context
	left *int
}

func (e ending) Err() error {
	if *e.left--; *e.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// A deadline ends the work on many rows, and on one long value.
func TestModifiersHeedTheContext(t *testing.T) {
	for _, c := range []struct{ query, rows string }{
		{"api.paginate=1", "[{}" + strings.Repeat(",{}", 1000) + "]"},
		{"api.filter_column=v&api.filter_type=matches&api.filter_term=b$", `[{"v":"` + strings.Repeat("a", 1_000_000) + `"}]`},
	} {
		asked := 20
		r := &protocol.Result{Status: 1, Data: raw(c.rows)}
		if got, err := modifiers(t, c.query).Apply(ending{t.Context(), &asked}, r); got != nil ||
			!errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, %v", c.query, got, err)
		}
		if asked < -2 {
			t.Errorf("%s: went on for %d more steps", c.query, -asked)
		}
	}
}

// A regular expression reads a long value to its end.
func TestU10MatchesLongValues(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	data, _ := apply(t, "api.filter_column=v&api.filter_type=matches&api.filter_term=éb$", `[{"v":"`+long+`"},{"v":"`+long+`b"},{"v":"b`+long+`"}]`)
	if data != `[{"v":"`+long+`b"}]` {
		t.Errorf("%d bytes", len(data))
	}
}

// Keys take memory for each row, so their number is limited.
func TestU11TooManyRowsToSort(t *testing.T) {
	rows := raw("[{}" + strings.Repeat(",{}", 250_000) + "]")
	query := ""
	for i := range 8 {
		query += "&api.sort_column_" + itoa(i) + "=c" + itoa(i)
	}
	got, err := modifiers(t, query).Apply(t.Context(), &protocol.Result{Status: 1, Data: rows})
	want := "The function ran, but its result has too many rows to sort, more than 250000: filter them, or sort by fewer columns."
	if got != nil || protocol.CodeOf(err) != protocol.CodeFailed || err == nil || err.Error() != want {
		t.Errorf("%v, %v", got, err)
	}
	query = strings.Replace(query, "c7", "", 1)
	if _, err := modifiers(t, query).Apply(t.Context(), &protocol.Result{Status: 1, Data: rows}); err != nil {
		t.Error(err)
	}
}

// All four at once, in U §3's order, with the bytes of the rows as they were.
func TestU10U11U12U13Together(t *testing.T) {
	rows := ` [ {"n": 1.50 ,"v":"b","x":null} , {"n":2,"v":"ab"},{"v":"c","n":3},
		{"y":{"z":[ 1]},"n":4,"v":"B\u002f"},{"v":"ba","n":"10"} ] `
	text := "api.filter_column=v&api.filter_term=b&api.sort_column=n&api.sort_method=numeric&api.sort_reverse=1&api.paginate_start=2&api.paginate_size=2&api.columns_a=v&api.columns_b=n"
	want := `[{"n":4,"v":"B\u002f"},{"n":2,"v":"ab"}]`
	data, got := apply(t, text, rows)
	meta := map[string]json.RawMessage{
		"records_before_filter": raw("5"), "filter": raw(`{"records_before_filter":5}`),
		"paginate": raw(`{"current_page":1,"results_per_page":2,"start_result":2,"total_pages":2,"total_results":4}`),
	}
	if data != want || !reflect.DeepEqual(got.Metadata, meta) || got.Warnings != nil {
		t.Errorf("got %s %s\nwant %s %s", data, got.Metadata, want, meta)
	}
}

// A module's own metadata stays, except the members that the host computes.
func TestU12MetadataOfTheModule(t *testing.T) {
	r := &protocol.Result{Status: 1, Data: raw("[{}]"), Metadata: map[string]json.RawMessage{"a": raw("1"), "paginate": raw("2"), "filter": raw("3")}}
	got, err := modifiers(t, "api.paginate=1").Apply(t.Context(), r)
	if err != nil || len(got.Metadata) != 3 || string(got.Metadata["a"]) != "1" || len(got.Metadata["paginate"]) < 10 || string(got.Metadata["filter"]) != "3" {
		t.Errorf("%s, %v", got.Metadata, err)
	}
	if string(r.Metadata["paginate"]) != "2" {
		t.Errorf("the input became %s", r.Metadata)
	}
}

func TestU15API2(t *testing.T) {
	text := strings.ReplaceAll("api.filter_column_0=v&api.filter_type_0=ne&api.filter_term_0=b&api.sort_column=v&api.sort_reverse=1&api.paginate_start=1&api.paginate_size=1&api.columns_0=v", "api.", "api2_")
	m, err := uapi.DecodeModifiers(protocol.API2, query(t, text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Apply(t.Context(), &protocol.Result{Status: 1, Data: raw(`[{"v":"a","n":1},{"v":"b","n":2},{"v":"c","n":3}]`)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := inEnvelope(nil, protocol.API2, "Park", "listparkeddomains", r)
	want := `{"cpanelresult":{"apiversion":2,"data":[{"v":"c"}],"event":{"result":1},"func":"listparkeddomains","module":"Park",` +
		`"paginate":{"current_page":1,"results_per_page":1,"start_result":1,"total_pages":2,"total_results":2}}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}
