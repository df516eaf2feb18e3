package accounts_test

import "strings"

// mistakes are files that are refused, and what is said of them.
var mistakes = []struct {
	file string
	says []string
}{
	{"", []string{"FILE: the file is empty, as one that is half written is; if nothing is to be said, write: {}"}},
	{"domian: example.com", []string{"FILE:1: domian: there is no such key here; allowed are domain, root, addon_domains, sub_domains, parked_domains, features, demo, reseller, owner, plan, ip, locale, theme, contact"}},
	{"domain: a.b\ndemo: yes\n", []string{`FILE:2: demo: "yes" stands here; true or false is allowed`}},
	{"uid: 0", []string{"FILE:1: uid: there is no such key here; allowed are domain, root, addon_domains, sub_domains, parked_domains, features, demo, reseller, owner, plan, ip, locale, theme, contact"}},

	// Domain names.
	{"domain: example", []string{`FILE:1: domain: "example" is no domain name: it needs a dot, as example.com has`}},
	{"domain: example.com.", []string{`FILE:1: domain: "example.com." is no domain name: leave out the dot at its end`}},
	{"domain: a..b", []string{`FILE:1: domain: "a..b" is no domain name: there is nothing between two dots, or before the first`}},
	{"domain: .a.b", []string{`FILE:1: domain: ".a.b" is no domain name: there is nothing between two dots, or before the first`}},
	{"domain: a_b.c", []string{`FILE:1: domain: "a_b.c" is no domain name: letters, digits, hyphens and dots are allowed`}},
	{"domain: a b.c", []string{`FILE:1: domain: "a b.c" is no domain name: letters, digits, hyphens and dots are allowed`}},
	{"domain: ../../etc.x", []string{`FILE:1: domain: "../../etc.x" is no domain name: there is nothing between two dots, or before the first`}},
	{"domain: -a.b", []string{`FILE:1: domain: "-a.b" is no domain name: a part between dots begins or ends with a hyphen`}},
	{"domain: a-.b", []string{`FILE:1: domain: "a-.b" is no domain name: a part between dots begins or ends with a hyphen`}},
	{"domain: '*.a.b'", []string{`FILE:1: domain: "*.a.b" is no domain name: wildcards are not taken`}},
	{"domain: 192.0.2.1", []string{`FILE:1: domain: "192.0.2.1" is no domain name: its last part has digits only, as addresses have`}},
	{"domain: Bücher.example", []string{`FILE:1: domain: "Bücher.example" is no domain name: international names are taken in the form that DNS has, which begins with xn--; write xn--bcher-kva.example`}},
	{"domain: ü_.example", []string{`FILE:1: domain: "ü_.example" is no domain name: international names are taken in the form that DNS has, which begins with xn--`}},
	{"domain: " + strings.Repeat("a", 64) + ".b", []string{`FILE:1: domain: "` + strings.Repeat("a", 60) + `"… is no domain name: a part between dots is longer than 63 bytes`}},
	{"domain: " + strings.Repeat("a.", 126) + "bc", []string{`FILE:1: domain: "` + strings.Repeat("a.", 30) + `"… is no domain name: it is longer than 253 bytes`}},

	// The same domain twice.
	{"domain: a.b\nparked_domains: [c.d,\n C.D]", []string{"FILE:3: parked_domains: c.d stands in line 2, too; an account has each domain once, and the one that an addon domain is served by comes with it"}},
	{"domain: a.b\nparked_domains: [a.b]", []string{"FILE:2: parked_domains: a.b stands in line 1, too; an account has each domain once, and the one that an addon domain is served by comes with it"}},
	{"domain: a.b\naddon_domains:\n  c.d: {subdomain: c}\nsub_domains:\n  c.a.b:\n", []string{"FILE:5: sub_domains: c.a.b: c.a.b stands in line 3, too; an account has each domain once, and the one that an addon domain is served by comes with it"}},
	{"domain: a.b\naddon_domains:\n  c.d: {subdomain: c}\n  c.e: {subdomain: C}\n", []string{"FILE:4: addon_domains: c.e: subdomain: c.a.b stands in line 3, too; an account has each domain once, and the one that an addon domain is served by comes with it"}},
	{"domain: a.b\nsub_domains:\n  c.a.b:\n  c.a.b:\n", []string{"FILE:4: sub_domains: c.a.b: this stands in line 3, too; leave one of them"}},

	// Domains that do not fit together.
	{"parked_domains: [c.d]\nroot: x", []string{
		"FILE:1: parked_domains: an account that has this needs its main domain, too: domain: example.com",
		"FILE:2: root: an account that has this needs its main domain, too: domain: example.com"}},
	{"domain: a.b\nsub_domains: {x.c.d: }", []string{"FILE:2: sub_domains: x.c.d: x.c.d is below no other domain of the account; one such as blog.a.b is allowed"}},
	{"domain: a.b\nsub_domains: {xa.b: }", []string{"FILE:2: sub_domains: xa.b: xa.b is below no other domain of the account; one such as blog.a.b is allowed"}},
	{"domain: a.b\naddon_domains: {c.d: {subdomain: x_y}}", []string{`FILE:2: addon_domains: c.d: subdomain: it would be served as "x_y.a.b", which is no domain name: letters, digits, hyphens and dots are allowed; a part before .a.b is allowed, such as shop`}},
	{"domain: a.b\naddon_domains: {c.d: {subdomain: ''}}", []string{"FILE:2: addon_domains: c.d: subdomain: a text has to stand here, or leave the key out"}},
	{"domain: a.b\naddon_domains: {c.d: {rot: x}}", []string{"FILE:2: addon_domains: c.d: rot: there is no such key here; allowed are root, subdomain"}},
	{"domain: a.b\nsub_domains: {c.a.b: {subdomain: x}}", []string{"FILE:2: sub_domains: c.a.b: subdomain: there is no such key here; allowed are root"}},
	{"domain: a.b\naddon_domains: [c.d]", []string{"FILE:2: addon_domains: lines of the form NAME: VALUE have to stand here ({} for none)"}},
	{"domain: a.b\nparked_domains: c.d", []string{"FILE:2: parked_domains: a list has to stand here, such as [a, b] ([] for none)"}},

	// Document roots.
	{"domain: a.b\nroot: ../x", []string{`FILE:2: root: "../x" has .. in it; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: /srv/../etc", []string{`FILE:2: root: "/srv/../etc" has .. in it; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: x/..", []string{`FILE:2: root: "x/.." has .. in it; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: ~/x", []string{`FILE:2: root: "~/x" begins with ~; leave that and the / out, since it is below the home folder; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: //", []string{`FILE:2: root: "//" is the whole machine; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nroot: \"x\\ny\"", []string{`FILE:2: root: "x\ny" has control characters; a folder below the home folder is allowed, such as public_html, or an absolute path`}},
	{"domain: a.b\nsub_domains: {c.a.b: {root: ../x}}", []string{`FILE:2: sub_domains: c.a.b: root: "../x" has .. in it; a folder below the home folder is allowed, such as public_html, or an absolute path`}},

	// The rest.
	{"features: [ssl]", []string{"FILE:1: features: lines of the form NAME: VALUE have to stand here ({} for none)"}},
	{"features: {only: }", []string{"FILE:1: features: only: a list has to stand here, such as [a, b] ([] for none)"}},
	{"features: {only: [ssl], without: [x]}", []string{"FILE:1: features: without: there is no such key here; allowed are only, except"}},
	{
		"features: {only: ['a b']}",
		[]string{
			`FILE:1: features: only: "a b" is not a feature's name: 1 to 64 letters, digits, _, -, . and : are allowed, beginning with a letter or a digit`,
		},
	},
	{"ip: 192.0.2.256", []string{`FILE:1: ip: "192.0.2.256" is no IP address; one such as 192.0.2.1 or 2001:db8::1 is allowed`}},
	{"ip: fe80::1%eth0", []string{`FILE:1: ip: "fe80::1%eth0" is no IP address; one such as 192.0.2.1 or 2001:db8::1 is allowed`}},
	{"ip: 192.0.2.0/24", []string{`FILE:1: ip: "192.0.2.0/24" is no IP address; one such as 192.0.2.1 or 2001:db8::1 is allowed`}},
	{"locale: pt-BR", []string{`FILE:1: locale: "pt-BR" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: en_", []string{`FILE:1: locale: "en_" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: a_b_c_d_e", []string{`FILE:1: locale: "a_b_c_d_e" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"locale: e1", []string{`FILE:1: locale: "e1" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`}},
	{"theme: ../x", []string{`FILE:1: theme: "../x" is not a theme's name: 1 to 64 letters, digits, _, - and . are allowed, beginning with a letter or a digit`}},
	{"owner: a/b", []string{`FILE:1: owner: "a/b" is no account's name; a reseller's is allowed, or root`}},
	{"plan: \"a\\nb\"", []string{"FILE:1: plan: one line of at most 255 bytes is allowed"}},
	{"plan: " + strings.Repeat("x", 256), []string{"FILE:1: plan: one line of at most 255 bytes is allowed"}},
	{"contact: ann@example.com", []string{"FILE:1: contact: a list has to stand here, such as [a, b] ([] for none)"}},
	{"contact: [Ann <ann@example.com>]", []string{`FILE:1: contact: "Ann <ann@example.com>" is no mail address; one such as ann@example.com is allowed`}},
	{"contact: [ann]", []string{`FILE:1: contact: "ann" is no mail address; one such as ann@example.com is allowed`}},
	{"contact: [" + strings.Repeat("a@b.c, ", 17) + "]", []string{"FILE:1: contact: 17 addresses stand here; at most 16 are allowed"}},

	// All of them, in order.
	{"locale: X\nip: x\ndomain: x\nreseller: 1\n", []string{
		`FILE:1: locale: "X" is not a locale: small letters, with _ between the parts, are allowed, such as en or pt_br`,
		`FILE:2: ip: "x" is no IP address; one such as 192.0.2.1 or 2001:db8::1 is allowed`,
		`FILE:3: domain: "x" is no domain name: it needs a dot, as example.com has`,
		`FILE:4: reseller: "1" stands here; true or false is allowed`}},
}
