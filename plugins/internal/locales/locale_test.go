package locales_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	"liveapi.host/plugins/internal/locales"
)

func TestOf(t *testing.T) {
	for _, want := range []locales.Locale{
		{ID: "en", Language: "en", Direction: "ltr", Name: "English"},
		{ID: "pt_br", Language: "pt-BR", Direction: "ltr", Name: "português"},
		{ID: "es_419", Language: "es-419", Direction: "ltr", Name: "español latinoamericano"},
		{ID: "zh_tw", Language: "zh-TW", Direction: "ltr", Name: "繁體中文"},
		{ID: "ar", Language: "ar", Direction: "rtl", Name: "العربية"},
		{ID: "he", Language: "he", Direction: "rtl", Name: "עברית"},
		{ID: "fa_IR", Language: "fa-IR", Direction: "rtl", Name: "فارسی"},
		{ID: "ur", Language: "ur", Direction: "rtl", Name: "اردو"},
		{ID: "az_Arab", Language: "az-Arab", Direction: "rtl", Name: "az_Arab"}, // the script decides, not the language
		{ID: "pa_Latn", Language: "pa-Latn", Direction: "ltr", Name: "pa_Latn"},
		{ID: "snowmen", Language: "und", Direction: "ltr", Name: "snowmen"},
		{ID: `"><script>`, Language: "und", Direction: "ltr", Name: `"><script>`},
	} {
		if got := locales.Of(want.ID); got != want {
			t.Errorf("%q: %+v\nwant %+v", want.ID, got, want)
		}
	}
	if got, want := locales.Of(""), locales.Of("en"); got != want {
		t.Errorf("no locale is %+v, want English", got)
	}
}

// A language's own name begins with a letter that runs in its direction.
func TestDirectionFitsTheName(t *testing.T) {
	for _, id := range strings.Fields("af ar az bg bn ca ckb cs da de dv el en es et fa fi fil fr he hi hr hu hy id is it ja ka kk km ko ks lt lv mk ml mr ms my nb ne nl pa pl ps pt ro ru sd sk sl sq sr sv sw ta te th tr ug uk ur uz vi yi zh zu") {
		l := locales.Of(id)
		for _, r := range l.Name {
			if !unicode.IsLetter(r) {
				continue
			}
			p, _ := bidi.LookupRune(r)
			if rtl := p.Class() == bidi.R || p.Class() == bidi.AL; l.Name != id && rtl != (l.Direction == "rtl") {
				t.Errorf("%s (%s) is %s", id, l.Name, l.Direction)
			}
			break
		}
	}
}
