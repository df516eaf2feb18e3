package jsontext

import (
	"slices"
	"strings"
	"testing"
)

func list[T any](s ...T) []T { return s }

// The result of a walker in each mode: the copy, or where it stops and why.
func TestW14Modes(t *testing.T) {
	const plain = Copy
	for _, c := range []struct {
		name, src string
		mode      Mode
		want      string
		at        int // where the error is, if want is its reason
	}{
		{"white space", " { \"a\" :\r\n[ 1 , \"b c\" ,\t{ } , [ ] ] } ", plain, `{"a":[1,"b c",{},[]]}`, 0},
		{"numbers", "[0,-0,1.50,1E+9,-1e-400,123456789012345678901]", plain, "[0,-0,1.50,1E+9,-1e-400,123456789012345678901]", 0},
		{"words", "[true,false,null]", plain, "[true,false,null]", 0},
		{"one string", `"a"`, plain, `"a"`, 0},
		{"not UTF-8, repaired", "\"a\xffb\xc3\"", plain, `"a\ufffdb\ufffd"`, 0},
		{"not UTF-8, refused", "\"a\xff\"", Copy | Strict, "not valid UTF-8", 2},
		{"half a pair, repaired", `"\ud800\udc00\ud800x\udc00"`, plain, `"\ud800\udc00\ufffdx\ufffd"`, 0},
		{"half a pair, refused", `["\udc00"]`, Copy | Strict | Valid, "half of a surrogate pair", 2},
		{"markers stay", "\"<&>\u2028\"", plain, "\"<&>\u2028\"", 0},
		{"markers escaped (W8)", "\"<&>\u2028\u2029\ufffe\uffff\ufffd\"", Copy | Escape, `"\u003c\u0026\u003e\u2028\u2029\ufffe\uffff` + "\ufffd\"", 0},
		{"markers in a name (W8)", `{"<":1}`, Copy | Escape | Valid, `{"\u003c":1}`, 0},
		{"two members of a name", `{"a":1,"a":2}`, plain, `{"a":1,"a":2}`, 0},
		{"refused (U8)", `{"a":1,"b":{"a":1,"c":[1]},"\u0061":2}`, Copy | Unique, "two members of this name", 27},
		{"refused inside", `{"a":1,"b":{"c":1,"c":1}}`, Unique, "two members of this name", 18},
		{"nothing", "", plain, "a value must come", 0},
		{"no value", "[1,]", plain, "a JSON value must come here", 3},
		{"no name", "{1:2}", plain, "a member name in double quotes must come here", 1},
		{"no colon", `{"a" 1}`, plain, "a colon must come after a member name", 5},
		{"no comma in an object", `{"a":1 "b":2}`, plain, "a comma or a closing brace must come here", 7},
		{"no comma in an array", `[1 2]`, plain, "a comma or a closing bracket must come here", 3},
		{"a string without end", `{"a":"b`, plain, "does not end", 5},
		{"an escape without end", `"\u00`, plain, "not a JSON escape sequence", 1},
		{"no escape", `"\x"`, plain, "not a JSON escape sequence", 1},
		{"a control character", "\"a\n\"", Valid, "must be escaped", 2},
		{"more", "{}{}", plain, "something follows", 2},
		{"a word of another language", "[True]", plain, "a JSON value must come here", 1},
		{"a needless zero", "[01]", plain, "a comma or a closing bracket must come here", 2},
		{"at the depth", "[[[]]]", plain, "[[[]]]", 0},
		{"too deep", `[[{"a":{}}]]`, plain, "nested deeper than 3 levels", 7},
	} {
		w := Walker{Src: []byte(c.src), Dst: []byte("before"), Depth: 3, Mode: c.mode}
		switch ok := w.Whole(); {
		case ok && string(w.Dst) != "before"+c.want:
			t.Errorf("%s: %s became %s, want %s", c.name, c.src, w.Dst, c.want)
		case !ok && (w.At != c.at || !strings.Contains(w.Reason, c.want)):
			t.Errorf("%s: %s stops at %d, %q; want %d, %q", c.name, c.src, w.At, w.Reason, c.at, c.want)
		}
	}
}

func TestW15Limit(t *testing.T) {
	const src, copied = `[ "<", 1 ]`, `["\u003c",1]`
	for limit := 1; limit <= len(copied)+1; limit++ {
		w := Walker{Src: []byte(src), Depth: 1, Mode: Copy | Escape, Limit: limit}
		if ok, fits := w.Whole(), limit >= len(copied); ok != fits || w.Full == fits || len(w.Dst) > limit {
			t.Errorf("%d bytes: %v, full %v, %s", limit, ok, w.Full, w.Dst)
		}
	}
}

// The second of two equal names is found at every position, in small and large objects;
// the names of a closed object do not count.
func TestU8Names(t *testing.T) {
	for _, size := range list(2, 3, 15, 16, 17, 18, 40) {
		for _, second := range list(1, size/2, size-1) {
			names := make([]string, size)
			for i := range names {
				names[i] = "n" + strings.Repeat("x", i)
			}
			object := func() string { return `{"` + strings.Join(names, `":{"n":1},"`) + `":0}` }
			sound := "[" + object() + "," + object() + "]"
			if w := (Walker{Src: []byte(sound), Depth: 3, Mode: Unique}); !w.Whole() {
				t.Errorf("%d names: %s at %d", size, w.Reason, w.At)
			}
			names[second] = `\u006e`
			w := Walker{Src: []byte(object()), Depth: 3, Mode: Unique}
			if at := strings.Index(object(), `"\u006e"`); w.Whole() || w.At != at {
				t.Errorf("the name %d of %d: stops at %d, %q; want %d", second, size, w.At, w.Reason, at)
			}
		}
	}
}

// The loop over an object and an array by hand.
func TestMembersByHand(t *testing.T) {
	w := Walker{Src: []byte(` {"a" : 1, "\u0062":[ 2 , 3 ],"c":[]} `), Depth: 2}
	var names, items []string
	w.Space()
	for more := w.Enter('{'); more; more = w.More('}') {
		name, ok := w.Member()
		if !ok {
			break
		}
		names = append(names, string(w.Unquote(name)))
		if w.Src[w.Pos] != '[' {
			w.Value(2)
			continue
		}
		for more := w.Enter('['); more; more = w.More(']') {
			from := w.Pos
			w.Value(3)
			items = append(items, string(w.Src[from:w.Pos]))
		}
	}
	if !w.End() || !slices.Equal(names, list("a", "b", "c")) || !slices.Equal(items, list("2", "3")) {
		t.Errorf("%q and %q, %s at %d", names, items, w.Reason, w.At)
	}
}

func TestWalkAllocatesNothing(t *testing.T) {
	src := []byte(`{"a":[1,2,{"b":"<ü>","c":"\u0041"}],"d":true}`)
	dst := make([]byte, 0, 200)
	for _, mode := range list(0, Copy, Copy|Escape, Strict|Unique, Valid|Strict|Unique) {
		if n := testing.AllocsPerRun(100, func() {
			w := Walker{Src: src, Dst: dst, Depth: 4, Mode: mode}
			if !w.Whole() {
				t.Fatal(w.Reason)
			}
		}); n != 0 {
			t.Errorf("mode %d allocates %v times", mode, n)
		}
	}
}
