package redact

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

const folder = "../../protocol/testdata/redaction/"

// The list of words is the one of all three languages.
func TestS19WordsAreTheOneList(t *testing.T) {
	text, err := os.ReadFile(folder + "words.txt")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		word := strings.TrimSpace(line)
		if alone, is := strings.CutPrefix(word, "="); is {
			word = "(?:^|[^a-z])" + alone + "(?:$|[^a-z])"
		}
		if word != "" && word[0] != '#' {
			words = append(words, word)
		}
	}
	if want := "(?i)" + strings.Join(words, "|"); secretName.String() != want {
		t.Errorf("secretName is %s, and the list says %s", secretName, want)
	}
}

// The cases are replayed by Go, PHP and Perl.
func TestS19Redaction(t *testing.T) {
	text, err := os.ReadFile(folder + "cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Names []struct {
			Name   string
			Hidden bool
		}
		Values []struct {
			What  string
			In    json.RawMessage
			Shown any
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases.Names) < 30 || len(cases.Values) < 5 {
		t.Fatal(err, cases)
	}
	for _, c := range cases.Names {
		in, err := json.Marshal(map[string]string{c.Name: "shown"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(Reply(in, nil), redacted); got != c.Hidden {
			t.Errorf("%q is hidden: %v", c.Name, got)
		}
	}
	for _, c := range cases.Values {
		var got any
		if err := json.Unmarshal([]byte(Reply(c.In, nil)), &got); err != nil || !reflect.DeepEqual(got, c.Shown) {
			t.Errorf("%s: %v, want %v (%v)", c.What, got, c.Shown, err)
		}
	}
}
