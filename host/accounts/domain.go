package accounts

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"liveapi.host/host/accounts/yamlform"
)

// domain returns a domain name in lower case. If the value is not a domain name, it
// notes a mistake and returns "".
func domain(v yamlform.Value) string {
	text := v.Text()
	if text == "" {
		return ""
	}
	name := lower(text)
	if wrong := notDomain(name); wrong != "" {
		v.Mistake("%s is not a domain name: %s", v.Shown(), wrong)
		return ""
	}
	return name
}

// lower changes ASCII letters only: with Unicode rules, other characters could
// become letters of a domain name.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Bounds of names in bytes (RFC 1035 section 2.3.4), without the final dot.
const (
	maxDomain = 253
	maxLabel  = 63
)

// notDomain returns why a name is not a site's domain name; "" if it is one. A
// name has at least two labels of letters, digits and hyphens (RFC 1123 section
// 2.1). The last label must not be all digits, so that an IP address is not taken
// for a name. International names must be A-labels (RFC 5890), as in DNS and
// certificates.
func notDomain(name string) string {
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			return aLabelAdvice(name)
		}
	}
	switch {
	case strings.HasSuffix(name, "."):
		return "remove the dot at its end"
	case len(name) > maxDomain:
		return "it is longer than 253 bytes"
	case strings.HasPrefix(name, "*."):
		return "wildcards are not supported"
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
		return "a part before or between dots is empty"
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
	advice := "write an international name in its DNS form, which begins with xn--"
	if a, err := idna.Lookup.ToASCII(name); err == nil && notDomain(a) == "" {
		advice += ": " + a
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
		v.Mistake("%s is not an IP address; write one such as 192.0.2.1 or 2001:db8::1", v.Shown())
		return ""
	}
	return ip.String()
}
