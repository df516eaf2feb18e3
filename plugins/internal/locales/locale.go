// Package locales has what a page needs to know about a locale: its language, the
// direction of its writing and its name. It does not translate.
package locales

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// fallback is the locale of accounts that have not chosen one.
const fallback = "en"

// Locale describes one locale.
type Locale struct {
	ID        string // as callers write it, such as "pt_br"
	Language  string // the BCP 47 tag, such as "pt-BR"; "und" for an unknown one
	Direction string // "ltr" or "rtl"
	Name      string // in its own language, such as "português"; the ID when it is not known
}

// Of returns the locale of this ID, English for an empty one. An ID has the form of a
// language tag, with underscores or hyphens, in any case. For any other text only the
// ID is known.
func Of(id string) Locale {
	if id == "" {
		id = fallback
	}
	tag, err := language.Parse(id)
	if err != nil {
		return Locale{ID: id, Language: "und", Direction: "ltr", Name: id}
	}
	l := Locale{ID: id, Language: tag.String(), Direction: "ltr", Name: display.Self.Name(tag)}
	if script, _ := tag.Script(); rightToLeft(script.String()) {
		l.Direction = "rtl"
	}
	if l.Name == "" {
		l.Name = id
	}
	return l
}

// rightToLeft reports whether the script of this ISO 15924 code is written from right
// to left (by the Unicode property Bidi_Class of its letters).
func rightToLeft(script string) bool {
	return slices.Contains(strings.Fields("Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa"), script)
}
