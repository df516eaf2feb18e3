package accounts_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

// TestExample: every key of a file, joined with the user database.
func TestExample(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, "ann:x:1001:1002:Ann:/home/ann/:/bin/bash\n")
	f.write(t, "ann", example)
	wanted := &protocol.Account{
		Name: "ann", UID: 1001, GID: 1002, Home: "/home/ann", Shell: "/bin/bash",
		Domains: []protocol.Domain{
			{Name: "example.com", Kind: protocol.MainDomain, Root: "/home/ann/public_html"},
			{Name: "shop.test", Kind: protocol.AddonDomain, Root: "/home/ann/shop", Under: "shop.example.com"},
			{Name: "other.test", Kind: protocol.AddonDomain, Root: "/home/ann/other.test", Under: "other.test.example.com"},
			{Name: "example.net", Kind: protocol.ParkedDomain},
			{Name: "example.org", Kind: protocol.ParkedDomain},
			{Name: "blog.example.com", Kind: protocol.SubDomain, Root: "/home/ann/blog", Under: "example.com"},
			{Name: "a.b.shop.test", Kind: protocol.SubDomain, Root: "/srv/ab", Under: "shop.test"},
			{Name: "c.example.net", Kind: protocol.SubDomain, Root: "/home/ann/c.example.net", Under: "example.net"},
		},
		Features: protocol.Features{Only: []string{"fileman", "ssl"}, Except: []string{"ssl"}},
		Demo:     true, Reseller: true, Owner: "root", Plan: "small", IP: "192.0.2.1",
		Locale: "pt_br", Theme: "plain", Contact: []string{"ann@example.com", "ops@example.net"},
	}
	if a := f.account(t, "ann"); !reflect.DeepEqual(a, wanted) {
		t.Errorf("\n%+v\nnot\n%+v", a, wanted)
	}
	f.passwd(t, "") // without a home, relative roots are unknown
	a := f.account(t, "ann")
	if a.UID != -1 || a.GID != -1 || a.Home != "" || a.Domains[0].Root != "" || a.Domains[6].Root != "/srv/ab" {
		t.Errorf("%+v", a)
	}
}

// TestValidFiles: each file gives this account.
func TestValidFiles(t *testing.T) {
	main := func(name, root string) []protocol.Domain {
		return []protocol.Domain{{Name: name, Kind: protocol.MainDomain, Root: root}}
	}
	label := strings.Repeat("a", 63)
	longest := label + "." + label + "." + label + "." + strings.Repeat("b", 61)
	for text, wanted := range map[string]protocol.Account{
		"{}":                                     {},
		"domain: example.com":                    {Domains: main("example.com", "/home/ann/public_html")},
		"domain: EXAMPLE.Com":                    {Domains: main("example.com", "/home/ann/public_html")},
		"domain: xn--bcher-kva.example":          {Domains: main("xn--bcher-kva.example", "/home/ann/public_html")},
		"domain: 1-2.x3":                         {Domains: main("1-2.x3", "/home/ann/public_html")},
		"domain: " + longest:                     {Domains: main(longest, "/home/ann/public_html")},
		"{domain: a.b, root: .}":                 {Domains: main("a.b", "/home/ann")},
		"{domain: a.b, root: x//y/./}":           {Domains: main("a.b", "/home/ann/x/y")},
		"{domain: a.b, root: /srv/www}":          {Domains: main("a.b", "/srv/www")},
		"{domain: a.b, root: ..x/y..}":           {Domains: main("a.b", "/home/ann/..x/y..")},
		"features: {}":                           {},
		"features: {only: []}":                   {Features: protocol.Features{Only: []string{}}},
		"features: {except: [ssl, api-shell.x]}": {Features: protocol.Features{Except: []string{"ssl", "api-shell.x"}}},
		"ip: 2001:DB8:0::1":                      {IP: "2001:db8::1"},
		"plan: 10":                               {Plan: "10"},
		"plan: Größer & mehr":                    {Plan: "Größer & mehr"},
		"locale: i_cpanel_snowmen":               {Locale: "i_cpanel_snowmen"},
		"locale: no":                             {Locale: "no"},
		"owner: bob":                             {Owner: "bob"},
		"{demo: false, reseller: false}":         {},
		"contact: []":                            {},
	} {
		f := newFixture(t)
		f.passwd(t, "ann:x:1001:1002:Ann:/home/ann:/bin/bash\n")
		f.write(t, "ann", text)
		wanted.Name, wanted.UID, wanted.GID, wanted.Home, wanted.Shell = "ann", 1001, 1002, "/home/ann", "/bin/bash"
		if wanted.Domains == nil {
			wanted.Domains = []protocol.Domain{}
		}
		if a := f.account(t, "ann"); !reflect.DeepEqual(*a, wanted) {
			t.Errorf("%s:\n%+v\nnot\n%+v", text, *a, wanted)
		}
	}
}

// TestInvalidFiles: each file is refused as a whole, and the error says where the
// mistake is and what is allowed; the caller sees nothing of the file's content.
func TestInvalidFiles(t *testing.T) {
	for _, c := range mistakes {
		f := newFixture(t)
		f.passwd(t, "ann:x:1001:1002:Ann:/home/ann:/bin/bash\n")
		f.write(t, "ann", c.file)
		account, err := f.source.Account(t.Context(), "ann")
		var coded *protocol.Error
		if account != nil || !errors.As(err, &coded) || coded.Code != protocol.CodeUnavailable {
			t.Errorf("%s: %+v, %v", c.file, account, err)
			continue
		}
		if coded.Text != "the file of the account “ann” cannot be used; the administrator must fix it, and the host's log says what is wrong" {
			t.Errorf("the caller reads: %s", coded.Text)
		}
		if says := strings.ReplaceAll(coded.Err.Error(), f.path("ann"), "FILE"); says != strings.Join(c.says, "\n") {
			t.Errorf("%s:\n%s\nnot\n%s", c.file, says, strings.Join(c.says, "\n"))
		}
		if errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("%s: the account is reported as unknown", c.file)
		}
	}
}

// TestMistakeIsFixed: once a file is fixed, the old error is no longer returned.
func TestMistakeIsFixed(t *testing.T) {
	f := newFixture(t)
	f.age()
	f.write(t, "ann", "demo: tru")
	if _, err := f.source.Account(t.Context(), "ann"); err == nil {
		t.Fatal("the file was accepted")
	}
	f.write(t, "ann", "demo: true")
	if !f.account(t, "ann").Demo {
		t.Error("it is not a demo account")
	}
}

// TestSubdomainsAreBelowTheNearestDomain: a subdomain belongs to the nearest domain
// above it that is not itself a subdomain.
func TestSubdomainsAreBelowTheNearestDomain(t *testing.T) {
	f := newFixture(t)
	f.write(t, "ann", "domain: a.b\nparked_domains: [x.a.b]\nsub_domains:\n  y.a.b:\n  z.y.a.b:\n  z.x.a.b:\n  w.z.x.a.b:\n")
	under := map[string]string{"y.a.b": "a.b", "z.y.a.b": "a.b", "z.x.a.b": "x.a.b", "w.z.x.a.b": "x.a.b"}
	found := 0
	for _, d := range f.account(t, "ann").Domains {
		if d.Kind == protocol.SubDomain {
			found++
			if d.Under != under[d.Name] {
				t.Errorf("%s is below %q, not %q", d.Name, d.Under, under[d.Name])
			}
		}
	}
	if found != len(under) {
		t.Errorf("%d subdomains", found)
	}
}
