package accounts

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"liveapi.host/host/accounts/yamlform"
)

// domain returns a domain's name in small letters, and notes a mistake and
// returns "" when it is none.
func domain(v yamlform.Value) string {
	text := v.Text()
	if text == "" {
		return ""
	}
	name := lower(text)
	if wrong := notDomain(name); wrong != "" {
		v.Mistake("%s is no domain name: %s", v.Shown(), wrong)
		return ""
	}
	return name
}

// lower changes ASCII only: nothing else becomes a letter of a domain name by it.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Bounds of names, RFC 1035 section 2.3.4: without the last dot.
const (
	maxDomain = 253
	maxLabel  = 63
)

// notDomain says why a name is no name of a site: labels of letters, digits and
// hyphens (RFC 1123 section 2.1), two at least, the last one not all digits so
// that no address is taken for one. International names stand in their A-label
// form (RFC 5890), as DNS and certificates have them.
func notDomain(name string) string {
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			return aLabelAdvice(name)
		}
	}
	switch {
	case strings.HasSuffix(name, "."):
		return "leave out the dot at its end"
	case len(name) > maxDomain:
		return "it is longer than 253 bytes"
	case strings.HasPrefix(name, "*."):
		return "wildcards are not taken"
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if wrong := notLabel(l); wrong != "" {
			return wrong
		}
	}
	if len(labels) < 2 {
		return "it needs a dot, as example.com has"
	}
	if consists(labels[len(labels)-1], "0123456789") {
		return "its last part has digits only, as addresses have"
	}
	return ""
}

func notLabel(l string) string {
	switch {
	case l == "":
		return "there is nothing between two dots, or before the first"
	case len(l) > maxLabel:
		return "a part between dots is longer than 63 bytes"
	case l[0] == '-' || l[len(l)-1] == '-':
		return "a part between dots begins or ends with a hyphen"
	case !consists(l, "abcdefghijklmnopqrstuvwxyz0123456789-"):
		return "letters, digits, hyphens and dots are allowed"
	}
	return ""
}

func aLabelAdvice(name string) string {
	advice := "international names are taken in the form that DNS has, which begins with xn--"
	if a, err := idna.Lookup.ToASCII(name); err == nil && notDomain(a) == "" {
		advice += "; write " + a
	}
	return advice
}

// address returns an IPv4 or IPv6 address in its usual form, or "" with a mistake noted.
func address(v yamlform.Value) string {
	text := v.Text()
	if text == "" {
		return ""
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" {
		v.Mistake("%s is no IP address; one such as 192.0.2.1 or 2001:db8::1 is allowed", v.Shown())
		return ""
	}
	return ip.String()
}
