package accounts_test

import "strings"

// mistakes are files that are refused, with the errors.
var mistakes = []struct {
	file string
	says []string
}{
	{"", []string{"FILE: the file is empty, perhaps half written; to set nothing, write: {}"}},
	{"domian: example.com", []string{"FILE:1: domian: unknown key; allowed are domain, root, addon_domains, sub_domains, parked_domains, features, demo, reseller, owner, plan, ip, locale, theme, contact"}},
	{"domain: a.b\ndemo: yes\n", []string{`FILE:2: demo: "yes" is invalid; write true or false`}},
	{"uid: 0", []string{"FILE:1: uid: unknown key; allowed are domain, root, addon_domains, sub_domains, parked_domains, features, demo, reseller, owner, plan, ip, locale, theme, contact"}},

	// Domain names.
	{"domain: example", []string{`FILE:1: domain: "example" is not a domain name: it needs a dot, as example.com has`}},
	{"domain: example.com.", []string{`FILE:1: domain: "example.com." is not a domain name: remove the dot at its end`}},
	{"domain: a..b", []string{`FILE:1: domain: "a..b" is not a domain name: a part before or between dots is empty`}},
	{"domain: .a.b", []string{`FILE:1: domain: ".a.b" is not a domain name: a part before or between dots is empty`}},
	{"domain: a_b.c", []string{`FILE:1: domain: "a_b.c" is not a domain name: letters, digits, hyphens and dots are allowed`}},
	{"domain: a b.c", []string{`FILE:1: domain: "a b.c" is not a domain name: letters, digits, hyphens and dots are allowed`}},
	{"domain: ../../etc.x", []string{`FILE:1: domain: "../../etc.x" is not a domain name: a part before or between dots is empty`}},
	{"domain: -a.b", []string{`FILE:1: domain: "-a.b" is not a domain name: a part between dots begins or ends with a hyphen`}},
	{"domain: a-.b", []string{`FILE:1: domain: "a-.b" is not a domain name: a part between dots begins or ends with a hyphen`}},
	{"domain: '*.a.b'", []string{`FILE:1: domain: "*.a.b" is not a domain name: wildcards are not supported`}},
	{"domain: 192.0.2.1", []string{`FILE:1: domain: "192.0.2.1" is not a domain name: its last part has digits only, as addresses have`}},
	{"domain: Bücher.example", []string{`FILE:1: domain: "Bücher.example" is not a domain name: write an international name in its DNS form, which begins with xn--: xn--bcher-kva.example`}},
	{"domain: ü_.example", []string{`FILE:1: domain: "ü_.example" is not a domain name: write an international name in its DNS form, which begins with xn--`}},
	{"domain: " + strings.Repeat("a", 64) + ".b", []string{`FILE:1: domain: "` + strings.Repeat("a", 60) + `"… is not a domain name: a part between dots is longer than 63 bytes`}},
	{"domain: " + strings.Repeat("a.", 126) + "bc", []string{`FILE:1: domain: "` + strings.Repeat("a.", 30) + `"… is not a domain name: it is longer than 253 bytes`}},

	// The same domain twice.
	{"domain: a.b\nparked_domains: [c.d,\n C.D]", []string{"FILE:3: parked_domains: c.d is already in line 2; a domain may occur once, and an addon domain also uses the subdomain that serves it"}},
	{"domain: a.b\nparked_domains: [a.b]", []string{"FILE:2: parked_domains: a.b is already in line 1; a domain may occur once, and an addon domain also uses the subdomain that serves it"}},
	{"domain: a.b\naddon_domains:\n  c.d: {subdomain: c}\nsub_domains:\n  c.a.b:\n", []string{"FILE:5: sub_domains: c.a.b: c.a.b is already in line 3; a domain may occur once, and an addon domain also uses the subdomain that serves it"}},
	{"domain: a.b\naddon_domains:\n  c.d: {subdomain: c}\n  c.e: {subdomain: C}\n", []string{"FILE:4: addon_domains: c.e: subdomain: c.a.b is already in line 3; a domain may occur once, and an addon domain also uses the subdomain that serves it"}},
	{"domain: a.b\nsub_domains:\n  c.a.b:\n  c.a.b:\n", []string{"FILE:4: sub_domains: c.a.b: this key is already in line 3; remove one of them"}},

	// Domains that contradict each other.
	{"parked_domains: [c.d]\nroot: x", []string{
		"FILE:1: parked_domains: this key needs a main domain, too, such as domain: example.com",
		"FILE:2: root: this key needs a main domain, too, such as domain: example.com"}},
	{"domain: a.b\nsub_domains: {x.c.d: }", []string{"FILE:2: sub_domains: x.c.d: x.c.d is not below another domain of the account; write one such as blog.a.b"}},
	{"domain: a.b\nsub_domains: {xa.b: }", []string{"FILE:2: sub_domains: xa.b: xa.b is not below another domain of the account; write one such as blog.a.b"}},
	{"domain: a.b\naddon_domains: {c.d: {subdomain: x_y}}", []string{`FILE:2: addon_domains: c.d: subdomain: it would be served as "x_y.a.b", which is not a domain name: letters, digits, hyphens and dots are allowed; write the part before .a.b, such as shop`}},
	{"domain: a.b\naddon_domains: {c.d: {subdomain: ''}}", []string{"FILE:2: addon_domains: c.d: subdomain: a text is needed here, or remove the key"}},
	{"domain: a.b\naddon_domains: {c.d: {rot: x}}", []string{"FILE:2: addon_domains: c.d: rot: unknown key; allowed are root, subdomain"}},
	{"domain: a.b\nsub_domains: {c.a.b: {subdomain: x}}", []string{"FILE:2: sub_domains: c.a.b: subdomain: unknown key; allowed are root"}},
	{"domain: a.b\naddon_domains: [c.d]", []string{"FILE:2: addon_domains: lines of the form NAME: VALUE are needed here ({} for none)"}},
	{"domain: a.b\nparked_domains: c.d", []string{"FILE:2: parked_domains: a list is needed here, such as [a, b] ([] for none)"}},

	// Document roots.
	{"domain: a.b\nroot: ../x", []string{`FILE:2: root: "../x" has .. in it; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: /srv/../etc", []string{`FILE:2: root: "/srv/../etc" has .. in it; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: x/..", []string{`FILE:2: root: "x/.." has .. in it; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: ~/x", []string{`FILE:2: root: "~/x" begins with ~, which is not expanded; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: //", []string{`FILE:2: root: "//" is the root of the file system; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: \"x\\ny\"", []string{`FILE:2: root: "x\ny" has control characters; write a folder below the home folder, such as public_html, or an absolute path`}},
	{"domain: a.b\nsub_domains: {c.a.b: {root: ../x}}", []string{`FILE:2: sub_domains: c.a.b: root: "../x" has .. in it; write a folder below the home folder, such as public_html, or an absolute path`}},

	// The rest.
	{"features: [ssl]", []string{"FILE:1: features: lines of the form NAME: VALUE are needed here ({} for none)"}},
	{"features: {only: }", []string{"FILE:1: features: only: a list is needed here, such as [a, b] ([] for none)"}},
	{"features: {only: [ssl], without: [x]}", []string{"FILE:1: features: without: unknown key; allowed are only, except"}},
	{
		"features: {only: ['a b']}",
		[]string{
			`FILE:1: features: only: "a b" is not a feature's name: 1 to 64 letters, digits, _, -, . and : are allowed, beginning with a letter or a digit`,
		},
	},
	{"ip: 192.0.2.256", []string{`FILE:1: ip: "192.0.2.256" is not an IP address; write one such as 192.0.2.1 or 2001:db8::1`}},
	{"ip: fe80::1%eth0", []string{`FILE:1: ip: "fe80::1%eth0" is not an IP address; write one such as 192.0.2.1 or 2001:db8::1`}},
	{"ip: 192.0.2.0/24", []string{`FILE:1: ip: "192.0.2.0/24" is not an IP address; write one such as 192.0.2.1 or 2001:db8::1`}},
	{"locale: pt-BR", []string{`FILE:1: locale: "pt-BR" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: en_", []string{`FILE:1: locale: "en_" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: a_b_c_d_e", []string{`FILE:1: locale: "a_b_c_d_e" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: e1", []string{`FILE:1: locale: "e1" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"theme: ../x", []string{`FILE:1: theme: "../x" is not a theme's name: 1 to 64 letters, digits, _, - and . are allowed, beginning with a letter or a digit`}},
	{"owner: a/b", []string{`FILE:1: owner: "a/b" is not an account name; write a reseller's or root`}},
	{"plan: \"a\\nb\"", []string{"FILE:1: plan: one line of at most 255 bytes is allowed"}},
	{"plan: " + strings.Repeat("x", 256), []string{"FILE:1: plan: one line of at most 255 bytes is allowed"}},
	{"contact: ann@example.com", []string{"FILE:1: contact: a list is needed here, such as [a, b] ([] for none)"}},
	{"contact: [Ann <ann@example.com>]", []string{`FILE:1: contact: "Ann <ann@example.com>" is not a mail address; write one such as ann@example.com`}},
	{"contact: [ann]", []string{`FILE:1: contact: "ann" is not a mail address; write one such as ann@example.com`}},
	{"contact: [" + strings.Repeat("a@b.c, ", 17) + "]", []string{"FILE:1: contact: the list has 17 addresses; at most 16 are allowed"}},

	// All of them, in order.
	{"locale: X\nip: x\ndomain: x\nreseller: 1\n", []string{
		`FILE:1: locale: "X" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`,
		`FILE:2: ip: "x" is not an IP address; write one such as 192.0.2.1 or 2001:db8::1`,
		`FILE:3: domain: "x" is not a domain name: it needs a dot, as example.com has`,
		`FILE:4: reseller: "1" is invalid; write true or false`}},
}
