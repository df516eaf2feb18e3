package uapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

func pairs(text string) (list []uapi.Pair) {
	for _, p := range strings.Fields(text) {
		name, value, _ := strings.Cut(p, "=")
		list = append(list, uapi.Pair{Name: name, Value: value})
	}
	return list
}

func TestU8ArgsFromPairs(t *testing.T) {
	for given, want := range map[string]string{
		"":                                `{}`,
		"a=1 b=":                          `{"a":"1","b":""}`,
		`z="\ a=é`:                        `{"z":"\"\\","a":"é"}`,
		"a=1 a=2 a=3":                     `{"a":"1","a-1":"2","a-2":"3"}`,
		"a=1 b=2 a=3 b=4":                 `{"a":"1","b":"2","a-1":"3","b-1":"4"}`,
		"a-2=x a-1=y":                     `{"a-2":"x","a-1":"y"}`,
		"a=x a-0=y a-7=z":                 `{"a":"x","a-0":"y","a-7":"z"}`,
		"a-7=x a=y a=z":                   `{"a":"x","a-1":"y","a-2":"z"}`,
		"a-1=x a-1=y":                     `{"a":"x","a-1":"y"}`,
		"a-01=x a-01=y":                   `{"a-01":"x","a-01-1":"y"}`,
		"a-1-1=p a-1-1=q a=x a=y a-1=z":   `{"a-1-0":"p","a-1-1":"q","a":"x","a-1":"y","a-2":"z"}`,
		"api.sort_column=a path=/a=b&c=d": `{"api.sort_column":"a","path":"/a=b\u0026c=d"}`,
	} {
		if got, err := uapi.ArgsFromPairs(pairs(given)); err != nil || string(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", given, got, err, want)
		}
	}
}

func TestU7RefusedPairs(t *testing.T) {
	for _, c := range []struct {
		pairs []uapi.Pair
		want  string
	}{
		{[]uapi.Pair{{Name: "a"}, {Value: "hunter2"}}, "Argument 2 has no name: write it as name=value."},
		{[]uapi.Pair{{Name: "a", Value: "hunter2\xff"}}, "The parameter “a” is not UTF-8: encode it as UTF-8."},
		{[]uapi.Pair{{Name: "a\xffb\n", Value: "hunter2"}}, "The name of argument 1, “a\ufffdb\ufffd”, is not UTF-8: encode it as UTF-8."},
		{[]uapi.Pair{{Name: strings.Repeat("é\n", 30), Value: "hunter2\xff"}}, "The parameter “" + strings.Repeat("é\ufffd", 20) + "…” is not UTF-8: encode it as UTF-8."},
		{slices.Repeat([]uapi.Pair{{Name: "a"}}, 1_000_001), "The parameter “a” is repeated too often: a million values are allowed."},
	} {
		got, err := uapi.ArgsFromPairs(c.pairs)
		var coded *protocol.Error
		if got != nil || !errors.As(err, &coded) || coded.Code != protocol.CodeInvalid || coded.Text != c.want {
			t.Errorf("%.40s, %v\nwant %s", got, err, c.want)
		}
	}
}

// For all repetitions and spellings, the object can be read, nothing is lost, and a
// list with a repetition keeps its order.
func TestU8PairsComeBackInOrder(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 5000 {
		var given []uapi.Pair
		for i := range r.Intn(12) {
			name := pick(r, "a", "a", "b", "a.b", "a-01", "-", "é") + pick(r, "", "", "", "-0", "-1", "-5", "-1-1")
			given = append(given, uapi.Pair{Name: name, Value: fmt.Sprint(i, pick(r, "", `"`, "é\n", "\x00"))})
		}
		encoded, err := uapi.ArgsFromPairs(given)
		if err != nil || !json.Valid(encoded) || !utf8.Valid(encoded) {
			t.Fatalf("%q: %s, %v", given, encoded, err)
		}
		args, err := uapi.DecodeArgs(encoded)
		if err != nil || args.Len() != len(given) {
			t.Fatalf("%q: %s, %v", given, encoded, err)
		}
		groups, twice := map[string][]string{}, map[string]bool{}
		for i, p := range given {
			base, _, _ := uapi.SplitSuffix(p.Name)
			groups[base] = append(groups[base], p.Value)
			if slices.ContainsFunc(given[:i], func(q uapi.Pair) bool { return q.Name == p.Name }) {
				twice[base] = true
			}
		}
		for _, p := range given {
			base, _, _ := uapi.SplitSuffix(p.Name)
			if !twice[base] {
				if v, ok := args.Get(p.Name); !ok || one(v) != p.Value {
					t.Fatalf("%q: %s lost %q", given, encoded, p)
				}
				continue
			}
			var got []string
			for _, v := range args.List(base) {
				got = append(got, one(v))
			}
			if _, _, suffixed := uapi.SplitSuffix(base); suffixed && len(got) > len(groups[base]) {
				got = got[1:] // the entry of a shorter name's list, which is spelt alike
			}
			if !slices.Equal(got, groups[base]) {
				t.Fatalf("%q: the list %q of %s is %q, want %q", given, base, encoded, got, groups[base])
			}
		}
	}
}
