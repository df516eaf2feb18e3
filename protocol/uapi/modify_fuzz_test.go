package uapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// modifierSeeds returns the generated part of the corpora of the targets in this file,
// by target, then by name. Each target takes two texts.
func modifierSeeds() map[string]map[string][2]string {
	found := map[string]map[string][2]string{"FuzzModifiers": {}, "FuzzModifiersNumber": {}}
	add := func(target, first, second string) {
		seeds := found[target]
		seeds[fmt.Sprintf("case-%02d", len(seeds))] = [2]string{first, second}
	}
	const rows = `[{"id":0,"v":"b"},{"id":1,"v":null}, {"v":"a\/\u00e9","id":2},{"id":3},{"v":1.50,"id":4},{"v":{"a":[1]},"id":5},{"v":"10.0.0.1","id":6}]`
	for _, args := range []string{
		`{}`, `{"api.filter_column":"v","api.filter_term":"A"}`, `{"api.filter_column_0":"v","api.filter_type_0":"matches","api.filter_term_0":"^.$"}`,
		`{"api.filter_column":"v","api.filter_type":"gt_handle_unlimited","api.filter_term":"unlimited"}`, `{"api.filter_column":"v","api.filter_type":"lt","api.filter_term":"9007199254740993"}`,
		`{"api.sort_column":"v","api.sort_reverse":1}`, `{"api.sort_column_0":"v","api.sort_method_0":"numeric_zero_as_max","api.sort_column_1":"id"}`, `{"api.sort_column":"v","api.sort_method":"ipv4"}`,
		`{"api.paginate_start":2,"api.paginate_size":3}`, `{"api.paginate_start":-1}`, `{"api.paginate_page":9}`, `{"api.columns_a":"v"}`, `{"api.columns_0":"id","api.sort_column":"v","api.paginate_size":2}`,
		`{"api.filter_type":"bad"}`, `{"api.filter_column":["v"]}`,
	} {
		add("FuzzModifiers", args, rows)
	}
	for _, data := range []string{"", "null", "[]", " [ { } ] ", "[1]", `[{"v":1},`, `[{"v":1}]]`, "[{\"v\":\"\xff\"}]", `[{"v":"\ud800"}]`, `[{"v":1,"v":2}]`, `[{"v":` + strings.Repeat("[", 478) + strings.Repeat("]", 478) + `}]`,
		`[{"v":` + strings.Repeat("[", 479) + strings.Repeat("]", 479) + `}]`} {
		add("FuzzModifiers", `{"api.filter_column":"v","api.filter_type":"ne","api.filter_term":"x","api.sort_column":"v","api.paginate_size":2,"api.columns_a":"v"}`, data)
	}
	for _, n := range [][2]string{{"1", "2"}, {"-0.50", "-.5"}, {"9007199254740993", "9007199254740992"}, {"1e3", "1000.0"}, {"0.000123e5", "12.3"}, {"123456789012345678901.5", "123456789012345678901.50"}, {"1e", "1"}, {"unlimited", "1"}, {"+", "."}, {"1e-9", "0e9"}} {
		add("FuzzModifiersNumber", n[0], n[1])
	}
	return found
}

func TestModifierSeedsAreCommitted(t *testing.T) {
	for target, seeds := range modifierSeeds() {
		for name, texts := range seeds {
			path := filepath.Join("testdata", "fuzz", target, name)
			want := "go test fuzz v1\nstring(" + strconv.Quote(texts[0]) + ")\nstring(" + strconv.Quote(texts[1]) + ")\n"
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is not what is generated; run go test -run Seeds -update (%v)", path, err)
			}
		}
	}
}

// For all arguments and data: an error has a text, the input is not changed, data that
// can be sent gives data that can be sent, and every row of the output is a row of the
// input, with all of its members or those of the columns.
func FuzzModifiers(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, arguments, data string) {
		args, err := uapi.DecodeArgs(raw(arguments))
		if err != nil {
			return
		}
		m, err := uapi.DecodeModifiers(protocol.UAPI, args)
		if err != nil {
			if protocol.CodeOf(err) != protocol.CodeInvalid || m != nil || strings.ContainsAny(err.Error(), "\x00\n\r\x1b") {
				t.Fatalf("%q: %v", arguments, err)
			}
			return
		}
		if m != nil && !uapi.HasModifiers(raw(arguments), protocol.UAPI) {
			t.Fatalf("the modifiers of %q were not seen", arguments)
		}
		r := &protocol.Result{Status: 1, Data: raw(data)}
		got, err := m.Apply(t.Context(), r)
		if err != nil || string(r.Data) != data || len(r.Warnings)+len(r.Metadata) > 0 {
			t.Fatalf("%v, the input became %+v", err, r)
		}
		_, before := uapi.AppendCore(nil, r)
		_, after := uapi.AppendCore(nil, got)
		if (before == nil) != (after == nil) {
			t.Fatalf("%q of %q: %v, before %v", arguments, data, after, before)
		}
		if m == nil || before != nil || len(got.Warnings) > 0 {
			if string(got.Data) != data {
				t.Fatalf("%q became %q", data, got.Data)
			}
			return
		}
		fewer(t, []byte(data), got.Data, bytes.Contains([]byte(arguments), []byte("columns")))
	})
}

// fewer checks that every row of got is in all, at least as often as in got.
func fewer(t *testing.T, all, got []byte, someColumns bool) {
	t.Helper()
	var from, rows []json.RawMessage
	if err := json.Unmarshal(all, &from); err != nil {
		t.Fatalf("%v: %q", err, all)
	}
	if err := json.Unmarshal(got, &rows); err != nil {
		t.Fatalf("%v: %q", err, got)
	}
	if len(rows) > len(from) {
		t.Fatalf("%d rows of %d", len(rows), len(from))
	}
	for _, row := range rows {
		at := slices.IndexFunc(from, func(whole json.RawMessage) bool {
			return bytes.Equal(row, whole) || someColumns && partOf(row, whole)
		})
		if at < 0 {
			t.Fatalf("no row %q in %q", row, all)
		}
		if !someColumns {
			from = slices.Delete(from, at, at+1)
		}
	}
}

// partOf reports whether every member of part is also a member of whole.
func partOf(part, whole json.RawMessage) bool {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(part, &a) != nil || json.Unmarshal(whole, &b) != nil {
		return false
	}
	for name, v := range a {
		if !bytes.Equal(b[name], v) {
			return false
		}
	}
	return true
}

var longExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4,}$`)

// Numbers in all forms compare like rational numbers.
func FuzzModifiersNumber(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, value, term string) {
		if longExponent.MatchString(value) || longExponent.MatchString(term) {
			return // more digits than big.Rat can write in time
		}
		n, good := number(term)
		v, readable := number(value)
		for _, kind := range []string{"lt", "gt"} {
			encoded, err := json.Marshal(map[string]string{"api.filter_column": "v", "api.filter_type": kind, "api.filter_term": term})
			if err != nil {
				t.Fatal(err)
			}
			args, err := uapi.DecodeArgs(encoded)
			if err != nil {
				t.Fatal(err)
			}
			m, err := uapi.DecodeModifiers(protocol.UAPI, args)
			if (err == nil) != good {
				t.Fatalf("%q as a number: %v", term, err)
			}
			if err != nil {
				return
			}
			row, err := json.Marshal([]map[string]string{{"v": value}})
			if err != nil {
				t.Fatal(err)
			}
			r, err := m.Apply(t.Context(), &protocol.Result{Status: 1, Data: row})
			if err != nil {
				t.Fatal(err)
			}
			want := readable && (kind == "lt" && v.Cmp(n) < 0 || kind == "gt" && v.Cmp(n) > 0)
			if kept := string(r.Data) != "[]"; kept != want {
				t.Fatalf("%q %s %q: %v", value, kind, term, kept)
			}
		}
	})
}
