package accounts

import (
	"net/mail"
	"regexp"
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

var featureName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`)

func featureNames(v yamlform.Value) []string {
	names := []string{}
	for _, item := range v.List() {
		if name := matching(item, featureName, "a feature's name", "1 to 64 letters, digits, _, -, . and : are allowed"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// matching returns a text that has the form, or "" with a mistake noted.
func matching(v yamlform.Value, form *regexp.Regexp, what, allowed string) string {
	text := v.Text()
	if text != "" && !form.MatchString(text) {
		v.Mistake("%s is not %s: %s", v.Shown(), what, allowed)
		return ""
	}
	return text
}

var localeForm = regexp.MustCompile(`^[a-z]{1,8}(_[a-z0-9]{1,8}){0,3}$`)

func locale(v yamlform.Value) string {
	return matching(v, localeForm, "a locale", "small letters, with _ between the parts, are allowed, such as en or pt_br")
}

// A theme may become a folder's name further on.
var themeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func theme(v yamlform.Value) string {
	return matching(v, themeForm, "a theme's name", "1 to 64 letters, digits, _, - and . are allowed, beginning with a letter or a digit")
}

func accountName(v yamlform.Value) string {
	text := v.Text()
	if text != "" && !fresh.SafeName(text) {
		v.Mistake("%s is no account's name; a reseller's is allowed, or root", v.Shown())
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

// maxContacts bounds to how many addresses one notice goes.
const maxContacts = 16

func contact(v yamlform.Value) (addresses []string) {
	list := v.List()
	if len(list) > maxContacts {
		v.Mistake("%d addresses stand here; at most %d are allowed", len(list), maxContacts)
		return nil
	}
	for _, item := range list {
		text := line(item)
		if text == "" {
			continue
		}
		if parsed, err := mail.ParseAddress(text); err != nil || parsed.Address != text {
			item.Mistake("%s is no mail address; one such as ann@example.com is allowed", item.Shown())
			continue
		}
		addresses = append(addresses, text)
	}
	return addresses
}
