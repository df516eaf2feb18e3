package redact

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

// vector is a case of protocol/testdata/redaction, which the tests of PHP and Perl
// also use.
type vector struct {
	Name, Frame     string
	In, Shown, Host json.RawMessage
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../protocol/testdata/redaction", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	if err := json.Unmarshal(testdata(t, "vectors.json"), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("there are only %d vectors", len(list))
	}
	return list
}

// wordList returns the words of words.txt, each as a regular expression.
func wordList(t *testing.T) (list []string) {
	t.Helper()
	for line := range strings.Lines(string(testdata(t, "words.txt"))) {
		word := strings.TrimSpace(line)
		if alone, is := strings.CutPrefix(word, "="); is {
			word = "(?:^|[^a-z])" + alone + "(?:$|[^a-z])"
		}
		if word != "" && word[0] != '#' {
			list = append(list, word)
		}
	}
	return list
}

func TestS19WordsAreThoseOfTheList(t *testing.T) {
	if want := strings.Join(wordList(t), "|"); words != want {
		t.Errorf("the words here are\n%s\nand in words.txt\n%s", words, want)
	}
}

// TestS19EveryWordHasAVector: for each word, there is a vector with a name that only
// this word hides.
func TestS19EveryWordHasAVector(t *testing.T) {
	names := regexp.MustCompile(`"([^"\\]+)": *"CANARY"`).FindAllStringSubmatch(string(testdata(t, "vectors.json")), -1)
	list := wordList(t)
	for _, word := range list {
		found := false
		for _, name := range names {
			fits := 0
			for _, other := range list {
				if regexp.MustCompile(`(?i)` + other).MatchString(name[1]) {
					fits++
				}
			}
			found = found || fits == 1 && regexp.MustCompile(`(?i)`+word).MatchString(name[1])
		}
		if !found {
			t.Errorf("no vector has a name that only %s hides", word)
		}
	}
}

func TestS19Vectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			var raw string
			isText := json.Unmarshal(v.In, &raw) == nil
			if !isText {
				raw = string(v.In)
			}
			f := &protocol.Function{Name: "f"} // no declared secrets: only names count
			var got string
			switch {
			case v.Frame == "reply":
				got = Reply([]byte(raw), f)
			case isText:
				got = Request([]byte(raw), f)
			default:
				got = Request([]byte(actionOpen+"\n"+raw+"\n"+actionClose), f)
			}
			compare(t, got, v)
		})
	}
}

func compare(t *testing.T, got string, v vector) {
	t.Helper()
	want := v.Shown
	if v.Host != nil {
		want = v.Host
	}
	if string(want) == "null" {
		if got != notShown {
			t.Errorf("it shows %s", got)
		}
		return
	}
	var text string
	if json.Unmarshal(want, &text) == nil {
		if got != text {
			t.Errorf("it shows\n%s, not\n%s", got, text)
		}
		return
	}
	got = strings.TrimSuffix(strings.TrimPrefix(got, actionOpen), actionClose)
	var shown, wanted any
	if err := json.Unmarshal([]byte(got), &shown); err != nil {
		t.Fatalf("what it shows is not JSON: %s", got)
	}
	if err := json.Unmarshal(want, &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(shown, wanted) {
		t.Errorf("it shows\n%s, not\n%s", got, want)
	}
}
