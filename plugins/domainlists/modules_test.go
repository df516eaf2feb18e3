package domainlists_test

import (
	"testing"

	"liveapi.host/plugins/domainlists"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// alice is an account that has everything.
var alice = sdk.Account{
	Name: "alice", UID: 1001, GID: 2001, Home: "/home/alice", Shell: "/bin/bash",
	Domains: []sdk.Domain{
		{Name: "example.com", Kind: sdk.MainDomain, Root: "/home/alice/public_html"},
		{Name: "shop.test", Kind: sdk.AddonDomain, Root: "/home/alice/shop", Under: "shop.example.com"},
		{Name: "lone.test", Kind: sdk.AddonDomain, Root: "/srv/lone"},
		{Name: "example.org", Kind: sdk.ParkedDomain},
		{Name: "example.net", Kind: sdk.ParkedDomain},
		{Name: "blog.example.com", Kind: sdk.SubDomain, Root: "/home/alice/public_html/blog", Under: "example.com"},
		{Name: "a.b.shop.test", Kind: sdk.SubDomain, Root: "/home/alice/ab", Under: "shop.test"},
	},
}

// host returns a host for the module of this name and this account.
func host(t testing.TB, module string, a sdk.Account) *sdktest.Host {
	t.Helper()
	for _, m := range domainlists.New() {
		if m.Name == module {
			return sdktest.New(t, m, sdktest.WithAccountInfo(a), sdktest.WithAccount(a.Name))
		}
	}
	t.Fatalf("there is no module %s", module)
	return nil
}

// The lists of API 2, for an account that has everything (U §10).
func TestUSection10Listings(t *testing.T) {
	for _, c := range []struct{ module, function, want string }{
		{"Park", "listparkeddomains", `[` +
			`{"basedir":"public_html","dir":"/home/alice/public_html","domain":"example.org","reldir":"home:public_html","status":"not redirected"},` +
			`{"basedir":"public_html","dir":"/home/alice/public_html","domain":"example.net","reldir":"home:public_html","status":"not redirected"}]`},
		{"AddonDomain", "listaddondomains", `[` +
			`{"basedir":"shop","dir":"/home/alice/shop","domain":"shop.test","domainkey":"shop_example.com","fullsubdomain":"shop.example.com","reldir":"home:shop","rootdomain":"example.com","status":"not redirected","subdomain":"shop"},` +
			`{"basedir":null,"dir":"/srv/lone","domain":"lone.test","domainkey":null,"fullsubdomain":null,"reldir":null,"rootdomain":null,"status":"not redirected","subdomain":null}]`},
		{"SubDomain", "listsubdomains", `[` +
			`{"basedir":"public_html/blog","dir":"/home/alice/public_html/blog","domain":"blog.example.com","domainkey":"blog_example.com","fullsubdomain":"blog.example.com","reldir":"home:public_html/blog","rootdomain":"example.com","status":"not redirected","subdomain":"blog"},` +
			`{"basedir":"ab","dir":"/home/alice/ab","domain":"a.b.shop.test","domainkey":"a.b_shop.test","fullsubdomain":"a.b.shop.test","reldir":"home:ab","rootdomain":"shop.test","status":"not redirected","subdomain":"a.b"}]`},
	} {
		h := host(t, c.module, alice)
		if got := h.API2(c.function, nil).OK().Text(); got != c.want {
			t.Errorf("%s: data %s\nwant %s", c.module, got, c.want)
		}
		host(t, c.module, sdk.Account{Name: "bob"}).API2(c.function, nil).JSON(`[]`)
		h.API2(c.function, sdktest.Args{"regex": "(secret"}).Fails("The parameter “regex” is not a regular expression: RE2 syntax is allowed, such as ^shop[.].")
		h.API2(c.function, sdktest.Args{"regex": "^$"}).JSON(`[]`)
		if r := h.Call(c.function, nil); r.Status != 0 {
			t.Errorf("%s is also a function of UAPI", c.function)
		}
	}
}

func TestListingsRegex(t *testing.T) {
	h := host(t, "SubDomain", alice)
	for regex, want := range map[string][]string{
		"": {"blog.example.com", "a.b.shop.test"}, "blog": {"blog.example.com"}, "^a[.]": {"a.b.shop.test"},
		`\.(com|test)$`: {"blog.example.com", "a.b.shop.test"}, "BLOG": nil, "(?i)BLOG": {"blog.example.com"},
	} {
		var rows []struct{ Domain string }
		h.API2("listsubdomains", sdktest.Args{"regex": regex}).Decode(&rows)
		var got []string
		for _, r := range rows {
			got = append(got, r.Domain)
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("%q: %q, want %q", regex, got, want)
		}
	}
}

// Subdomains that are not below their parent are split at their first dot.
func TestListingsOfOddDomains(t *testing.T) {
	odd := sdk.Account{Name: "alice", Domains: []sdk.Domain{
		{Name: "x.test", Kind: sdk.AddonDomain, Under: "x.elsewhere.test", Root: "/home/alice2/x"},
		{Name: "s.t.example.com", Kind: sdk.SubDomain, Root: "/"},
	}, Home: "/home/alice"}
	h := host(t, "AddonDomain", odd)
	h.API2("listaddondomains", nil).JSON(`[{"basedir":null,"dir":"/home/alice2/x","domain":"x.test","domainkey":"x_elsewhere.test","fullsubdomain":"x.elsewhere.test","reldir":null,"rootdomain":"elsewhere.test","status":"not redirected","subdomain":"x"}]`)
	h = host(t, "SubDomain", odd)
	h.API2("listsubdomains", nil).JSON(`[{"basedir":null,"dir":"/","domain":"s.t.example.com","domainkey":"s_t.example.com","fullsubdomain":"s.t.example.com","reldir":null,"rootdomain":"t.example.com","status":"not redirected","subdomain":"s"}]`)
}
