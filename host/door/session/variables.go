package session

import (
	"context"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/tags"
)

// variables are the variables that a session's tags can use (U §9). They are read
// for one request.
type variables struct {
	session *session
	ctx     context.Context
	account *protocol.Account // nil until it is needed
	failure error             // why the account could not be read
}

// Lookup implements tags.Variables. A caller cannot override the host's own variables.
func (v *variables) Lookup(name, key string) (string, bool) {
	if name == "CPERROR" {
		text, known := v.session.failures[strings.ToLower(key)]
		return text, known
	}
	if text, known := v.builtin(name + "/" + key); known {
		return text, v.failure == nil
	}
	text, known := v.session.setvars[name]
	return text, known && key == ""
}

// builtin returns the value of the host's own variable "name/" or "group/key".
func (v *variables) builtin(name string) (string, bool) {
	switch name {
	case "user/", "CPDATA/USER":
		return v.session.caller.Account, true
	case "hostname/":
		return hostname(), true
	case "homedir/", "CPDATA/HOMEDIR":
		return v.known().Home, true
	case "isreseller/":
		return oneOrZero(v.known().Reseller), true
	case "lang/", "CPDATA/LANG", "CPDATA/LOCALE":
		return locale(v.known()), true
	case "theme/", "CPDATA/RS", "CPDATA/THEME":
		return v.theme(), true
	case "CPDATA/DNS":
		domain, _ := v.known().MainDomain()
		return domain.Name, true
	case "CPDATA/DEMO":
		return oneOrZero(v.known().Demo), true
	case "CPDATA/IP":
		return v.known().IP, true
	case "CPDATA/PLAN":
		return v.known().Plan, true
	case "CPDATA/OWNER":
		return v.known().Owner, true
	case "CPDATA/CONTACTEMAIL":
		return contact(v.known(), 0), true
	case "CPDATA/CONTACTEMAIL2":
		return contact(v.known(), 1), true
	}
	return "", false
}

// known returns the session's account. If it cannot be read, the account has only
// its name, and failure holds the error.
func (v *variables) known() *protocol.Account {
	if v.account == nil {
		account, err := v.session.host.Account(v.ctx, v.session.caller.Account)
		if err != nil {
			account, v.failure = &protocol.Account{Name: v.session.caller.Account}, err
		}
		v.account = account
	}
	return v.account
}

func oneOrZero(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func contact(a *protocol.Account, n int) string {
	if n < len(a.Contact) {
		return a.Contact[n]
	}
	return ""
}

// locale returns the account's locale, or "en" when it has none.
func locale(a *protocol.Account) string {
	if a.Locale == "" {
		return "en"
	}
	return a.Locale
}

// theme returns the theme that the account has chosen through a module; without
// such a module, the theme that the administrator has set.
func (v *variables) theme() string {
	provided, is := v.session.host.Variable(v.ctx, v.session.caller, "theme")
	if is && provided != "" {
		return provided
	}
	return v.known().Theme
}

// print returns the text with its variables replaced.
func (v *variables) print(text string) *protocol.Result {
	expanded, err := tags.Expand(text, v)
	switch {
	case err != nil:
		return protocol.Failed(err.Error())
	case v.failure != nil:
		return protocol.Failed(v.session.host.Failure(v.session.host.NewCall(v.session.caller), v.failure))
	}
	return textResult(expanded)
}

// langprint returns the text of a key in the account's language, or the key itself.
func (v *variables) langprint(key string) *protocol.Result {
	text, found := "", false
	if texts := v.session.texts; texts != nil {
		text, found = texts.Text(locale(v.known()), key)
	}
	if !found {
		text = key
	}
	return textResult(text)
}

// feature reports whether the account has a feature.
func (v *variables) feature(name string) (bool, error) {
	if name == "" {
		return false, protocol.Errorf(protocol.CodeInvalid, "Name a feature.")
	}
	account := v.known()
	return account.Features.Has(name), v.failure
}
