package session

import (
	"context"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/tags"
)

// variables are what a session's tags can name (U §9), read for one request.
type variables struct {
	session *session
	ctx     context.Context
	account *protocol.Account // nil until it is needed
	failure error             // why something could not be known
}

// Lookup implements tags.Variables. What the host knows cannot be set by a caller.
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

// builtin is the value of "name/" or "group/key".
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

// known is the session's account. One that cannot be read is empty, and failure says so.
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

// locale is the account's, English when none was chosen.
func locale(a *protocol.Account) string {
	if a.Locale == "" {
		return "en"
	}
	return a.Locale
}

// theme is what the module says by which an account chooses one; without such a
// module it is what the administrator has set.
func (v *variables) theme() string {
	provided, is := v.session.host.Variable(v.ctx, v.session.caller, "theme")
	if is && provided != "" {
		return provided
	}
	return v.known().Theme
}

// print is the text with its variables replaced.
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

// langprint is the text of a key in the account's language, or the key itself.
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
