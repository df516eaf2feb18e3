package uapi_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Random rows and modifiers, from a fixed seed.

func pick[T any](r *rand.Rand, from ...T) T { return from[r.Intn(len(from))] }

// randomValue returns one value in JSON. There are few different values, so that many
// are equal or nearly equal.
func randomValue(r *rand.Rand) string {
	switch r.Intn(10) {
	case 0:
		return pick(r, "null", "true", "false", `""`, `"unlimited"`)
	case 1:
		return pick(r, `{"a":1}`, `{ "a" : [ "x\u0041" ] }`, "[]", "[1, 2]")
	case 2:
		return fmt.Sprintf(`"%d.0.%d.%d"`, r.Intn(3), r.Intn(3), r.Intn(300))
	case 3:
		return pick(
			r,
			"9007199254740992",
			"9007199254740993",
			"9007199254740993.5",
			"12345678901234567890123",
			"12345678901234567890124",
			"1e3",
			"1.0e3",
			"-1e3",
			"1e-3",
			"0.001",
			"-0",
			"0e4",
		)
	case 4, 5:
		return pick(r, `"a\u00e9b"`, `"Aéb"`, `"aÉB"`, `"x\/y\n"`, `"\ud83c\udf0d"`, `"ſK"`, `"\\\""`, `"sk"`)
	case 6, 7:
		return pick(r, "", "-") + fmt.Sprint(r.Intn(20)) + pick(r, "", ".0", ".5", ".50")
	}
	return `"` + strings.Repeat(pick(r, "a", "ab", "B"), r.Intn(6)) + pick(r, "", "1", "01", "é", "z") + `"`
}

func randomRows(r *rand.Rand, n int) string {
	blank := func() string { return pick(r, "", "", "", " ", "\n\t") }
	rows := make([]string, n)
	for i := range rows {
		var members []string
		for _, name := range []string{"a", "b", "é", "d e"} {
			if r.Intn(6) > 0 {
				members = append(members, blank()+`"`+strings.Replace(name, "a", pick(r, "a", "a", `\u0061`), 1)+`"`+blank()+":"+blank()+randomValue(r)+blank())
			}
		}
		members = append(members, fmt.Sprintf(`"id":%d`, i))
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		rows[i] = blank() + "{" + strings.Join(members, ",") + "}" + blank()
	}
	return blank() + "[" + blank() + strings.Join(rows, ",") + "]" + blank()
}

func randomColumn(r *rand.Rand) string { return pick(r, "a", "b", "é", "d e", "none") }

func randomWanted(r *rand.Rand) (w wanted) {
	for range r.Intn(3) {
		f := wantFilter{
			randomColumn(r),
			pick(
				r,
				"contains",
				"begins",
				"ends",
				"matches",
				"eq",
				"ne",
				"lt",
				"gt",
				"lt_handle_unlimited",
				"gt_handle_unlimited",
				"defined",
				"undefined",
			),
			"",
		}
		f.term = literal(json.RawMessage(randomValue(r)))
		switch {
		case strings.HasPrefix(f.kind, "lt"), strings.HasPrefix(f.kind, "gt"):
			f.term = pick(r, "5", "1000", "-3.50", "9007199254740993", "0", "1e-3")
			if strings.HasSuffix(f.kind, "d") && r.Intn(4) == 0 {
				f.term = "unlimited"
			}
		case f.kind == "matches":
			f.term = pick(r, "a", "^a+$", "(?i)É", `\d\.`, ".", "")
		case r.Intn(2) == 0:
			f.term = pick(r, "", "a", "É", "1", "KS", "0")
		}
		w.filters = append(w.filters, f)
	}
	for range r.Intn(3) {
		w.sort = append(
			w.sort,
			wantSort{randomColumn(r), pick(r, "lexicographic", "numeric", "numeric_zero_as_max", "ipv4"), r.Intn(2) == 0},
		)
	}
	if r.Intn(2) == 0 {
		w.start, w.size = pick(r, -1, 1, 1+r.Intn(60)), 1+r.Intn(30)
	}
	for range r.Intn(3) * r.Intn(2) {
		w.columns = append(w.columns, pick(r, randomColumn(r), "id"))
	}
	return w
}

func (w wanted) modifiers(t testing.TB) *uapi.Modifiers {
	t.Helper()
	encoded, err := json.Marshal(w.query())
	if err != nil {
		t.Fatal(err)
	}
	args, err := uapi.DecodeArgs(encoded)
	if err != nil {
		t.Fatal(err)
	}
	m, err := uapi.DecodeModifiers(protocol.UAPI, args)
	if err != nil {
		t.Fatalf("%v: %+v", err, w)
	}
	return m
}

// run applies the wanted modifiers, and returns the rows and the metadata.
func (w wanted) run(t testing.TB, data string) ([]map[string]json.RawMessage, map[string]json.RawMessage) {
	t.Helper()
	r, err := w.modifiers(t).Apply(t.Context(), &protocol.Result{Status: 1, Data: raw(data)})
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(r.Data, &rows); err != nil || len(r.Warnings) > 0 {
		t.Fatalf("%v, %q: %s", err, r.Warnings, r.Data)
	}
	return rows, r.Metadata
}

func sameRows(a, b []map[string]json.RawMessage) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

func ids(rows []map[string]json.RawMessage) (list []string) {
	for _, row := range rows {
		list = append(list, string(row["id"]))
	}
	return list
}

func TestU10U11U12U13AgainstTheReference(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 1500 {
		w, data := randomWanted(r), randomRows(r, r.Intn(40))
		want, total := w.apply(t, []byte(data))
		got, meta := w.run(t, data)
		if !sameRows(got, want) {
			t.Fatalf("%+v\n of %s\n got %s\nwant %s", w, data, got, want)
		}
		var page struct {
			Total int `json:"total_results"`
		}
		if w.size > 0 && (json.Unmarshal(meta["paginate"], &page) != nil || page.Total != total) {
			t.Fatalf("%s, want %d results", meta["paginate"], total)
		}
	}
}

// A filter and its opposite together keep all rows, and the count of rows before the
// filter is their sum.
func TestU10OppositeFiltersMakeTheWhole(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 500 {
		n := r.Intn(40)
		data := randomRows(r, n)
		for _, kinds := range [][2]string{{"eq", "ne"}, {"defined", "undefined"}} {
			term := literal(json.RawMessage(randomValue(r)))
			yes, meta := wanted{filters: []wantFilter{{"a", kinds[0], term}}}.run(t, data)
			no, _ := wanted{filters: []wantFilter{{"a", kinds[1], term}}}.run(t, data)
			if len(yes)+len(no) != n || string(meta["records_before_filter"]) != itoa(n) {
				t.Fatalf("%s keeps %d and %s keeps %d of %d (%s)", kinds[0], len(yes), kinds[1], len(no), n, data)
			}
			again, _ := wanted{filters: []wantFilter{{"a", kinds[0], term}, {"a", kinds[0], term}}}.run(t, data)
			if !sameRows(again, yes) {
				t.Fatal("a filter twice is not the filter once")
			}
		}
	}
}

// Equal rows keep their order, and unreadable values stay last, in both directions.
func TestU11Stable(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 200 {
		n := 2 + r.Intn(200)
		var values []string
		for range n {
			values = append(values, pick(r, "1", "1.0", `"1e0"`, "2", "2.00", `"x"`, "-", "null"))
		}
		class := func(i string) int {
			var at int
			fmt.Sscan(i, &at)
			switch values[at] {
			case "2", "2.00":
				return 2
			case "1", "1.0", `"1e0"`:
				return 1
			}
			return 0
		}
		data := strings.ReplaceAll(rowsOf(strings.Join(values, " ")), `"n"`, `"id"`)
		for _, reverse := range []bool{false, true} {
			rows, _ := wanted{sort: []wantSort{{"v", "numeric", reverse}}}.run(t, data)
			order := []int{1, 2, 0}
			if reverse {
				order = []int{2, 1, 0}
			}
			var want []string
			for _, c := range order {
				for i := range values {
					if class(itoa(i)) == c {
						want = append(want, itoa(i))
					}
				}
			}
			if got := ids(rows); !slices.Equal(got, want) {
				t.Fatalf("reverse %v: %s\n got %s\nwant %s", reverse, values, got, want)
			}
		}
	}
}

func TestU12PagesMakeTheWhole(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 300 {
		w, data := randomWanted(r), randomRows(r, r.Intn(60))
		w.start, w.size, w.columns = 0, 0, nil
		var whole []map[string]json.RawMessage
		if len(w.filters)+len(w.sort) > 0 {
			whole, _ = w.run(t, data)
		} else {
			whole, _ = w.apply(t, []byte(data))
		}
		var pages []map[string]json.RawMessage
		for w.start, w.size = 1, 1+r.Intn(20); ; w.start += w.size {
			page, _ := w.run(t, data)
			pages = append(pages, page...)
			if len(page) == 0 {
				break
			}
			if len(page) > w.size {
				t.Fatalf("%d rows on a page of %d", len(page), w.size)
			}
		}
		if !sameRows(pages, whole) {
			t.Fatalf("%+v: pages %s\nwhole %s", w, ids(pages), ids(whole))
		}
	}
}
