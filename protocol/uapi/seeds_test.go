package uapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/protocol"
)

var update = flag.Bool("update", false, "write the generated seeds of the fuzz targets")

// needSeeds fails a fuzz target whose committed corpus is missing.
func needSeeds(f *testing.F) {
	f.Helper()
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name())); err != nil || len(entries) == 0 {
		f.Fatalf("no seeds for %s; run go test -run Seeds -update (%v)", f.Name(), err)
	}
}

// seeds returns the generated part of every corpus: JSON texts by name. Both
// targets take one text.
func seeds(t *testing.T) map[string]string {
	found := map[string]string{}
	for i, text := range []string{
		"", "null", "[]", "{}", `["a",1,true,null,{"b":2}]`, `"$user"`, `{"a":1.50,"b":-0,"c":1E+400,"d":true,"e":false,"f":null}`, `{"a": { "b" : [1] } ,"c":[ ]}`,
		`{"\u0061":"\"\\\/\b\f\n\r\t\u00e9\ud83c\udf0dz"}`, `{"a":1,"\u0061":1}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"name":1,"name-0":2,"name-1":3,"name-01":4}`,
		"{" + strings.Repeat(`"a":1,`, 20) + `"b":1}`, strings.Repeat("[", 33) + strings.Repeat("]", 33), `{"a":1}}`, `[1,]`,
	} {
		found[fmt.Sprintf("case-%02d", i)] = text
	}
	paths, err := filepath.Glob("../testdata/conversations/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden conversations: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			_, body, ok := bytes.Cut(f.Data, []byte("<cpanelaction>"))
			body, _, _ = bytes.Cut(body, []byte("</cpanelaction>"))
			var action struct{ Args json.RawMessage }
			if ok && json.Unmarshal(body, &action) == nil {
				found["golden-"+strings.TrimSuffix(filepath.Base(path), ".txtar")+"-"+strings.TrimSuffix(f.Name, ".request")] = string(action.Args)
			}
		}
	}
	return found
}

func TestSeedsAreCommitted(t *testing.T) {
	for name, text := range seeds(t) {
		for _, target := range []string{"FuzzDecodeArgs", "FuzzAppendCore"} {
			path := filepath.Join("testdata", "fuzz", target, name)
			want := "go test fuzz v1\n[]byte(" + strconv.Quote(text) + ")\n"
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if strings.HasPrefix(name, "golden-") {
				continue // conversations change for other reasons; an old one is an equally good seed
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is not up to date; run go test -run Seeds -update (%v)", path, err)
			}
		}
	}
}

// For all data and texts of a module, the envelope is JSON that contains exactly these.
func FuzzAppendCore(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		r := &protocol.Result{Status: 1, Data: data, Errors: []string{text}, Warnings: []string{"", text},
			Metadata: map[string]json.RawMessage{text: raw("1")}}
		got, err := inEnvelope(nil, protocol.UAPI, text, text, r)
		if good := len(data) == 0 || json.Valid(data); err == nil != good {
			if err == nil || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= 480 {
				t.Fatalf("%q: %v", data, err)
			}
		}
		if err != nil {
			return
		}
		if bytes.ContainsAny(got, "<>&\n\u2028\u2029\ufffe\uffff") {
			t.Fatalf("W8: not in the form of a reply: %q", got)
		}
		var back struct {
			Func, Module string
			Result       struct {
				Data             any
				Errors, Warnings []string
				Metadata         map[string]int
			}
		}
		d := json.NewDecoder(bytes.NewReader(got))
		d.UseNumber()
		if err := d.Decode(&back); err != nil || !json.Valid(got) {
			t.Fatalf("%v: %q", err, got)
		}
		var want any
		if len(data) > 0 {
			d = json.NewDecoder(bytes.NewReader(data))
			d.UseNumber()
			if err := d.Decode(&want); err != nil {
				t.Fatal(err)
			}
		}
		clean := string([]rune(text)) // each byte that is not UTF-8 becomes U+FFFD
		_, isList := want.([]any)
		if fmt.Sprint(back.Result.Data) != fmt.Sprint(want) || back.Func != clean || back.Module != clean ||
			back.Result.Errors[0] != clean ||
			back.Result.Warnings[1] != clean ||
			back.Result.Metadata["transformed"] != map[bool]int{true: 1}[isList] && text != "transformed" {
			t.Fatalf("%q became %q", data, got)
		}
	})
}
