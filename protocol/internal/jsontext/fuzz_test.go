package jsontext

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

const deep = 50 // levels, in the fuzz target

// FuzzWalk compares every mode with encoding/json.
func FuzzWalk(f *testing.F) {
	for _, text := range []string{
		"", "null", " [ ] ", `{"a":[1,-0.5e+10,"x",true,{"b":null}]}`, `{"\u0061":"\"\\\/\b\f\n\r\t\ud83c\udf0d\ud800"}`,
		"\"<&>\u2028\ufffe\xff\xed\xa0\x80\"", `{"a":1,"\u0061":2}`, "{" + strings.Repeat(`"a":1,`, 20) + `"b":1}`, `{"a":1}}`, `[1,]`, `"\u00`,
		strings.Repeat("[", deep+1) + strings.Repeat("]", deep+1), "[1 2]", `{"a" 1}`, "tru", "01", "-", "1.", "1e", "\"\x00\"",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		walk := func(mode Mode) Walker {
			w := Walker{Src: src, Depth: deep, Mode: mode}
			if ok := w.Whole(); ok != (w.Reason == "") || w.At < 0 || w.At > len(src) {
				t.Fatalf("%q in mode %d: %v, %q at %d", src, mode, ok, w.Reason, w.At)
			}
			return w
		}
		copied := walk(Copy)
		sound := copied.Reason == ""
		if sound != json.Valid(src) && !strings.Contains(copied.Reason, "nested deeper") {
			t.Fatalf("%q: %q, encoding/json says %v", src, copied.Reason, !sound)
		}
		if bare := walk(0); (bare.Reason == "") != sound {
			t.Fatalf("%q: %q without a copy, %q with one", src, bare.Reason, copied.Reason)
		}
		strict := walk(Strict).Reason == ""
		repaired := bytes.Contains(copied.Dst, []byte(replacement)) && !bytes.Contains(src, []byte(replacement))
		if strict && (!sound || repaired) || sound && !strict && !bytes.Contains(copied.Dst, []byte(replacement)) {
			t.Fatalf("%q: strict %v, sound %v, repaired %v", src, strict, sound, repaired)
		}
		if utf8.Valid(src) {
			if valid := walk(Valid|Strict).Reason == ""; valid != strict {
				t.Fatalf("%q: %v once it is known to be UTF-8, %v before", src, valid, strict)
			}
		}
		if unique := walk(Unique).Reason == ""; unique != (sound && !repeats(src)) {
			t.Fatalf("%q: unique %v, sound %v, repeats %v", src, unique, sound, repeats(src))
		}
		if !sound {
			return
		}
		want := decode(t, src)
		escaped := walk(Copy | Escape).Dst
		if got := decode(t, copied.Dst); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(decode(t, escaped), want) {
			t.Fatalf("%q became %q and %q", src, copied.Dst, escaped)
		}
		if bytes.ContainsAny(escaped, "<>&\u2028\u2029\ufffe\uffff\n") || !utf8.Valid(escaped) || len(copied.Dst) > 6*len(src) {
			t.Fatalf("%q became %q", src, escaped)
		}
		if !repaired {
			var compact bytes.Buffer
			if err := json.Compact(&compact, src); err != nil || strict && !bytes.Equal(compact.Bytes(), copied.Dst) {
				t.Fatalf("%q became %q, want %q", src, copied.Dst, compact.Bytes())
			}
		}
	})
}

func decode(t *testing.T, src []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %q", err, src)
	}
	return v
}

// repeats reports whether an object has two members of one name, as encoding/json
// reads them. src is JSON.
func repeats(src []byte) bool {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var value func() bool
	value = func() bool {
		token, err := d.Token()
		bracket, opens := token.(json.Delim)
		if err != nil || !opens {
			return false
		}
		names, found := make(map[string]bool), false
		for d.More() {
			if bracket == '{' {
				token, _ := d.Token()
				name, _ := token.(string)
				found = found || names[name]
				names[name] = true
			}
			found = value() || found
		}
		d.Token()
		return found
	}
	return value()
}

// FuzzString: encoding/json and AppendUnquoted read what AppendString writes.
func FuzzString(f *testing.F) {
	for _, text := range []string{"", "a", "\"\\\n\r\t\x00\x1f\x7f", "ü世🌍\u2028", "\xff\xc3", "a\xed\xa0\x80b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := AppendString([]byte("x"), text)[1:]
		clean := string([]rune(text)) // each byte that is not UTF-8 becomes U+FFFD
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != clean {
			t.Fatalf("%q became %s: %q, %v", text, quoted, back, err)
		}
		if got := AppendUnquoted(nil, quoted[1:len(quoted)-1]); string(got) != clean {
			t.Fatalf("%s was read as %q, want %q", quoted, got, clean)
		}
		w := Walker{Src: quoted, Depth: 1, Mode: Strict}
		if !w.Whole() {
			t.Fatalf("%s: %s", quoted, w.Reason)
		}
	})
}
