// Package texts reads the texts that pages print by key (langprint, U §9) from a
// folder of YAML files that an administrator writes, LOCALE.yaml each:
//
//	# pt_br.yaml
//	_name: Português do Brasil
//	_direction: ltr
//	welcome: Bem-vindo
//
// Package fresh decides whether a file can be trusted, and reads it again when it
// changes. Keys that begin with "_" describe the language; all other keys have
// texts. The package does not replace variables in a text, and does not choose a
// locale.
package texts

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"time"

	"liveapi.host/host/accounts/fresh"
	"liveapi.host/host/accounts/yamlform"
)

// Fallback is the locale that is used when no closer one has a text.
const Fallback = "en"

// Bounds.
const (
	maxFile = 1 << 20
	maxKey  = 255 // bytes
)

// Texts are the texts of a folder. They are safe for concurrent use.
type Texts struct {
	folder *fresh.Folder[texts]
	report func(error)

	mu       sync.Mutex
	reported map[string]string // the last reported error of each locale's file
}

// Language is a file's description of its language.
type Language struct {
	Name      string // in the language itself; "" when the file has none
	Direction string // "ltr" or "rtl"
}

// texts is one file.
type texts struct {
	language Language
	byKey    map[string]string
}

// New returns the texts of a folder, which need not exist yet. If a file cannot be
// used, report is called with the error: once until the error changes, from any
// goroutine.
func New(folder string, now func() time.Time, report func(error)) *Texts {
	return &Texts{
		folder:   fresh.NewFolder(folder, ".yaml", maxFile, now, decode),
		report:   report,
		reported: make(map[string]string),
	}
}

// Text returns the text of a key in a locale such as "pt_br". If that has no such
// text, it looks in "pt", then in [Fallback]; false means that none has it.
func (t *Texts) Text(locale, key string) (string, bool) {
	for ; locale != "" && locale != Fallback; locale = wider(locale) {
		if text, found := t.exact(locale, key); found {
			return text, true
		}
	}
	return t.exact(Fallback, key)
}

// wider returns the locale in which a text is looked up next; "" after the last.
func wider(locale string) string {
	i := strings.LastIndexByte(locale, '_')
	return locale[:max(i, 0)]
}

func (t *Texts) exact(locale, key string) (string, bool) {
	file := t.file(locale)
	if file == nil {
		return "", false
	}
	text, found := file.byKey[key]
	return text, found
}

// Language returns the description of a locale's language, from its own file or
// from a wider locale's; false when there is no such file.
func (t *Texts) Language(locale string) (Language, bool) {
	for ; locale != ""; locale = wider(locale) {
		if file := t.file(locale); file != nil {
			return file.language, true
		}
	}
	return Language{}, false
}

// Locales lists the locales that have a file, valid or not, in sorted order.
func (t *Texts) Locales() (locales []string, err error) {
	names, _, err := t.folder.Names()
	for _, name := range names {
		if validLocale(name) {
			locales = append(locales, name)
		}
	}
	return locales, err
}

// Check reads every file and returns all problems; mistakes in the content of a
// file are *[yamlform.Mistake].
func (t *Texts) Check() (found []error) {
	names, others, err := t.folder.Names()
	if err != nil {
		return []error{err}
	}
	for _, name := range names {
		if !validLocale(name) {
			others = append(others, name+".yaml")
		} else if _, err := t.folder.Get(name); err != nil {
			found = append(found, err)
		}
	}
	for _, name := range others {
		found = append(found, &yamlform.Mistake{File: name,
			Text: "this is ignored; a file of texts is called LOCALE.yaml, such as en.yaml or pt_br.yaml"})
	}
	return found
}

// file returns a locale's texts; nil when it has no file or the file cannot be used.
func (t *Texts) file(locale string) *texts {
	if !validLocale(locale) {
		return nil
	}
	file, err := t.folder.Get(locale)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	t.tell(locale, err)
	return file
}

// tell reports the error of a file, unless it was the last one reported.
func (t *Texts) tell(locale string, err error) {
	says := ""
	if err != nil {
		says = err.Error()
	}
	t.mu.Lock()
	news := t.reported[locale] != says
	if news && err == nil {
		delete(t.reported, locale)
	} else if news {
		t.reported[locale] = says
	}
	t.mu.Unlock()
	if news && err != nil && t.report != nil {
		t.report(err)
	}
}

func validLocale(s string) bool {
	for i, part := range strings.Split(s, "_") {
		if i > 3 || len(part) < 1 || len(part) > 8 {
			return false
		}
		for j := 0; j < len(part); j++ {
			if c := part[j]; (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
