package accounts

import (
	"net/mail"
	"strings"

	"liveapi.host/host/accounts/fresh"
	"liveapi.host/host/accounts/yamlform"
	"liveapi.host/protocol"
)

// features reads which features an account has.
func features(v yamlform.Value) (f protocol.Features) {
	fields := v.Fields("only", "except")
	if only, there := fields["only"]; there {
		f.Only = featureNames(only)
	}
	if except, there := fields["except"]; there {
		f.Except = featureNames(except)
	}
	return f
}

func featureNames(v yamlform.Value) []string {
	const allowed = "1 to 64 letters, digits, _, -, . and : are allowed, beginning with a letter or a digit"
	form := func(s string) bool { return isName(s, "_.:-") }
	names := []string{}
	for _, item := range v.List() {
		if name := matching(item, form, "a feature's name", allowed); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// matching returns a text that has the form, or "" with a mistake noted.
func matching(v yamlform.Value, form func(string) bool, what, allowed string) string {
	text := v.Text()
	if text != "" && !form(text) {
		v.Mistake("%s is not %s: %s", v.Shown(), what, allowed)
		return ""
	}
	return text
}

func locale(v yamlform.Value) string {
	return matching(v, isLocale, "a locale", "small letters, with _ between the parts, are allowed, such as en or pt_br")
}

// isLocale reports whether s is one to four parts of one to eight letters and
// digits, the first part of letters only.
func isLocale(s string) bool {
	for i, part := range strings.Split(s, "_") {
		allowed := "abcdefghijklmnopqrstuvwxyz0123456789"
		if i == 0 {
			allowed = allowed[:26]
		}
		if i > 3 || len(part) < 1 || len(part) > 8 || !consists(part, allowed) {
			return false
		}
	}
	return true
}

// theme returns a name that is also safe as the name of a folder.
func theme(v yamlform.Value) string {
	const allowed = "1 to 64 letters, digits, _, - and . are allowed, beginning with a letter or a digit"
	return matching(v, func(s string) bool { return isName(s, "_.-") }, "a theme's name", allowed)
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// isName reports whether s is 1 to 64 letters, digits and signs, and begins with a
// letter or digit.
func isName(s, signs string) bool {
	return len(s) >= 1 && len(s) <= 64 && consists(s[:1], alphanumeric) && consists(s, alphanumeric+signs)
}

// consists reports whether s has only bytes of allowed.
func consists(s, allowed string) bool {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(allowed, s[i]) < 0 {
			return false
		}
	}
	return true
}

func accountName(v yamlform.Value) string {
	text := v.Text()
	if text != "" && !fresh.SafeName(text) {
		v.Mistake("%s is not an account name; write a reseller's or root", v.Shown())
		return ""
	}
	return text
}

// line is a text of one line, at most 255 bytes.
func line(v yamlform.Value) string {
	text := v.Text()
	if len(text) > 255 || control(text) {
		v.Mistake("one line of at most 255 bytes is allowed")
		return ""
	}
	return text
}

func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// maxContacts is the largest number of addresses that a notice is sent to.
const maxContacts = 16

func contact(v yamlform.Value) (addresses []string) {
	list := v.List()
	if len(list) > maxContacts {
		v.Mistake("the list has %d addresses; at most %d are allowed", len(list), maxContacts)
		return nil
	}
	for _, item := range list {
		text := line(item)
		if text == "" {
			continue
		}
		if parsed, err := mail.ParseAddress(text); err != nil || parsed.Address != text {
			item.Mistake("%s is not a mail address; write one such as ann@example.com", item.Shown())
			continue
		}
		addresses = append(addresses, text)
	}
	return addresses
}
