package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestU2MembersInOrder: members are in the order of their names, for any order of
// declaration.
func TestU2MembersInOrder(t *testing.T) {
	type inner struct {
		B bool           `json:"b"`
		A []any          `json:"a"`
		M map[string]any `json:"m"`
	}
	type sorted struct {
		A int  `json:"a"`
		B bool `json:"b"`
	}
	raw := json.RawMessage(`{"z":{"b":true,"a":1},"a b":"{\"y\":1,\"x\":2}","a":[{"d":1,"c":"\\"}]}`)
	for _, c := range []struct {
		value any
		needs traits
		want  string
	}{
		{sorted{1, true}, traits{flags: true}, `{"a":1,"b":1}`},
		{inner{true, []any{inner{}, "x"}, map[string]any{"z": false, "y": 1}}, traits{true, true},
			`{"a":[{"a":null,"b":0,"m":null},"x"],"b":1,"m":{"y":1,"z":0}}`},
		{raw, traits{true, true}, `{"a":[{"c":"\\","d":1}],"a b":"{\"y\":1,\"x\":2}","z":{"a":1,"b":1}}`},
		{struct {
			sorted
			Z string `json:"aa"`
		}{}, traits{true, true}, `{"a":0,"aa":"","b":0}`},
		{[]string{"b", "a"}, traits{}, `["b","a"]`},
	} {
		needs, err := inspect(reflect.TypeOf(c.value), make(map[reflect.Type]bool))
		if err != nil || needs != c.needs {
			t.Errorf("%T needs %+v, %v; want %+v", c.value, needs, err, c.needs)
		}
		if got, err := needs.encode(c.value); err != nil || string(got) != c.want {
			t.Errorf("%+v\n got %s, %v\nwant %s", c.value, got, err, c.want)
		}
	}
}

// A tree of objects with shuffled members is encoded like maps in encoding/json,
// which sorts them.
func TestU2MembersOfAnyTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "aa", "a b", "a!", "é", "A", "", "_", "z9"}
	var tree func(depth int) (shuffled []byte, value any)
	tree = func(depth int) ([]byte, any) {
		switch kind := r.IntN(5); {
		case depth == 0 || kind == 0:
			text := names[r.IntN(len(names))]
			b, _ := json.Marshal(text)
			return b, text
		case kind == 1:
			return []byte("12.5"), 12.5
		case kind == 2:
			var list []any
			var parts [][]byte
			for range r.IntN(4) {
				b, v := tree(depth - 1)
				list, parts = append(list, v), append(parts, b)
			}
			return fmt.Appendf(nil, "[%s]", bytes.Join(parts, []byte(","))), list
		default:
			object := make(map[string]any)
			var parts [][]byte
			for _, i := range r.Perm(len(names))[:r.IntN(6)] {
				b, v := tree(depth - 1)
				name, _ := json.Marshal(names[i])
				object[names[i]], parts = v, append(parts, fmt.Appendf(nil, "%s:%s", name, b))
			}
			return fmt.Appendf(nil, "{%s}", bytes.Join(parts, []byte(","))), object
		}
	}
	for range 5000 {
		shuffled, value := tree(5)
		want := nullLists(value)
		text := string(shuffled)
		if got := ordered(shuffled); !bytes.Equal(got, want) {
			t.Fatalf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// nullLists encodes a tree; empty lists stay empty lists.
func nullLists(value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(b, []byte("null"), []byte("[]"))
}
