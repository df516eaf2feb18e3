package texts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"liveapi.host/host/texts"
)

type fixture struct {
	*texts.Texts
	folder string

	mu      sync.Mutex
	reports []string
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{folder: filepath.Join(t.TempDir(), "texts")}
	must(t, os.Mkdir(f.folder, 0o755))
	f.Texts = texts.New(f.folder, time.Now, func(err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.reports = append(f.reports, strings.ReplaceAll(err.Error(), f.folder+"/", ""))
	})
	return f
}

func (f *fixture) write(t testing.TB, locale, text string) {
	t.Helper()
	path := filepath.Join(f.folder, locale+".yaml")
	must(t, os.WriteFile(path+".new", []byte(text), 0o600))
	must(t, os.Rename(path+".new", path))
}

func (f *fixture) says(t testing.TB, locale, key, wanted string) {
	t.Helper()
	if text, found := f.Text(locale, key); !found || text != wanted {
		t.Errorf("%s %s: %q %v, not %q", locale, key, text, found, wanted)
	}
}

func (f *fixture) none(t testing.TB, locale, key string) {
	t.Helper()
	if text, found := f.Text(locale, key); found || text != "" {
		t.Errorf("%s %s: %q", locale, key, text)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestUSection9LangprintFallsBack: from the locale to the wider one, then to English.
func TestUSection9LangprintFallsBack(t *testing.T) {
	f := newFixture(t)
	f.none(t, "pt_br", "hello")
	f.write(t, "en", "hello: Hello\nbye: Bye\nlogin: Log in\nempty: x\n")
	f.says(t, "pt_br", "hello", "Hello")
	f.write(t, "pt", "hello: Olá\nbye: Adeus\nempty: ''\n")
	f.says(t, "pt_br", "hello", "Olá")
	f.write(t, "pt_br", "hello: Oi\n")
	f.says(t, "pt_br", "hello", "Oi")
	f.says(t, "pt_br", "bye", "Adeus")
	f.says(t, "pt_br_x", "bye", "Adeus")
	f.says(t, "pt", "hello", "Olá")
	f.says(t, "pt_br", "login", "Log in")
	f.says(t, "pt_br", "empty", "")
	f.says(t, "de", "hello", "Hello")
	f.says(t, "", "hello", "Hello")
	f.says(t, "en_gb", "hello", "Hello")
	f.none(t, "pt_br", "nothing")
	f.none(t, "pt_br", "_name")
	must(t, os.Remove(filepath.Join(f.folder, "pt_br.yaml")))
	f.says(t, "pt_br", "hello", "Olá")
}

// TestLocalesAreNoPaths: a path is not a locale, and a file with another kind of
// name is ignored.
func TestLocalesAreNoPaths(t *testing.T) {
	f := newFixture(t)
	f.write(t, "../out", "k: out")
	f.write(t, ".hidden", "k: hidden")
	f.write(t, "EN", "k: capital")
	f.write(t, "pt-br", "k: hyphen")
	for _, locale := range []string{"../out", ".hidden", "EN", "pt-br", "..", "a/b", "_", "en_", "_en", "e\x00"} {
		f.none(t, locale, "k")
	}
	f.write(t, "es_419", "k: America")
	f.says(t, "es_419", "k", "America")
	if locales, err := f.Locales(); err != nil || !slices.Equal(locales, []string{"es_419"}) {
		t.Errorf("%q %v", locales, err)
	}
	if found := f.Check(); len(found) != 2 || !strings.HasPrefix(found[0].Error(), "EN.yaml: this is ignored") {
		t.Errorf("%v", found)
	}
}

// TestLanguages: a file's description of its language.
func TestLanguages(t *testing.T) {
	f := newFixture(t)
	f.write(t, "en", "{}")
	f.write(t, "ar", "_name: العربية\n_direction: rtl\nhello: مرحبا\n")
	for locale, wanted := range map[string]texts.Language{
		"en":    {Direction: "ltr"},
		"ar":    {Name: "العربية", Direction: "rtl"},
		"ar_eg": {Name: "العربية", Direction: "rtl"},
	} {
		if l, found := f.Language(locale); !found || l != wanted {
			t.Errorf("%s: %+v %v", locale, l, found)
		}
	}
	if l, found := f.Language("de"); found {
		t.Errorf("%+v", l)
	}
}

// TestInvalidFiles: their texts are not used, and the error is reported once.
func TestInvalidFiles(t *testing.T) {
	f := newFixture(t)
	f.write(t, "en", "k: text")
	for text, wanted := range map[string]string{
		"":                               "de.yaml: the file is empty, perhaps half written; to set nothing, write: {}",
		"k: a\nk: b":                     "de.yaml:2: k: this key is already in line 1; remove one of them",
		"k: [a]":                         "de.yaml:1: k: a text is needed here",
		"k:":                             "de.yaml:1: k: the value is missing; write a text, or remove the key",
		"'': x":                          "de.yaml:1: a key of 1 to 255 bytes is needed before the colon",
		"_x: y":                          "de.yaml:1: _x: keys that begin with _ are about the language; allowed are _name, _direction",
		"_direction: up":                 `de.yaml:1: _direction: "up" is invalid; write ltr (left to right) or rtl`,
		"k: " + string([]byte{255}):      "de.yaml: invalid YAML: invalid leading UTF-8 octet",
		"#" + strings.Repeat("x", 1<<20): "de.yaml has 1048577 bytes; at most 1048576 are read",
	} {
		f.reports = nil
		f.write(t, "de", text)
		for range 3 {
			f.says(t, "de_at", "k", "text")
		}
		if len(f.reports) != 1 || !strings.HasSuffix(f.reports[0], wanted) {
			t.Errorf("%.40q:\n%q\nnot\n%q", text, f.reports, wanted)
		}
		if found := f.Check(); len(found) != 1 || !strings.HasSuffix(found[0].Error(), wanted) {
			t.Errorf("the check finds %v", found)
		}
	}
	f.reports = nil
	for range 2 { // the same mistake is reported again after it was fixed
		f.write(t, "de", "k: Text")
		f.says(t, "de", "k", "Text")
		f.write(t, "de", "k: [again]")
		f.says(t, "de", "k", "text")
	}
	if len(f.reports) != 2 {
		t.Errorf("%q", f.reports)
	}
	must(t, os.Chmod(f.folder, 0o777))
	f.write(t, "fr", "k: texte")
	f.none(t, "fr", "k")
	if !strings.Contains(strings.Join(f.reports, "\n"), "texts may be changed by others") {
		t.Errorf("%q", f.reports)
	}
}

// TestTextsConcurrently: many readers while a file changes.
func TestTextsConcurrently(t *testing.T) {
	f := newFixture(t)
	f.write(t, "en", "a: x\nb: x")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				if _, found := f.Text("pt_br", "a"); !found {
					t.Error("not found")
				}
				f.Text("de", "a")
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 50 {
		f.write(t, "en", fmt.Sprintf("a: x%d\nb: x", i))
		f.write(t, "de", strings.Repeat("[", i%2))
	}
	close(done)
	readers.Wait()
	f.says(t, "pt_br", "a", "x49")
}

// BenchmarkText measures the lookup of a text of a wider locale: two stats.
func BenchmarkText(b *testing.B) {
	f := newFixture(b)
	f.write(b, "pt_br", "a: x")
	f.write(b, "pt", "b: y")
	t := texts.New(f.folder, func() time.Time { return time.Now().Add(time.Hour) }, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := t.Text("pt_br", "b"); !found {
			b.Fatal("not found")
		}
	}
}
