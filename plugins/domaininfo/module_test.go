package domaininfo_test

import (
	"strings"
	"testing"

	"liveapi.host/plugins/domaininfo"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// module returns the module without any value of the machine that runs the tests.
func module() *sdk.Module {
	return domaininfo.New(domaininfo.Config{
		Aliases:   []string{"www", "mail"},
		GroupName: func(gid int) string { return map[int]string{2001: "customers"}[gid] },
	})
}

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
	Owner: "carol", IP: "192.0.2.7", Contact: []string{"alice@mail.test", "second@mail.test"},
}

// full and bare return hosts for an account that has every value, and for one that
// has only its name.
func full(t testing.TB) *sdktest.Host {
	return sdktest.New(t, module(), sdktest.WithAccountInfo(alice))
}
func bare(t testing.TB) *sdktest.Host { return sdktest.New(t, module(), sdktest.WithAccount("bob")) }

const (
	common = `"group":"customers","homedir":"/home/alice","ip":"192.0.2.7","owner":"carol","serveradmin":"alice@mail.test",`
	names  = `www.example.com mail.example.com example.org example.net`

	mainSite = `{"documentroot":"/home/alice/public_html","domain":"example.com",` + common + `"serveralias":"` + names + `","servername":"example.com","type":"main_domain","user":"alice"}`
	shopSite = `{"documentroot":"/home/alice/shop","domain":"shop.test",` + common + `"serveralias":"shop.test","servername":"shop.example.com","type":"addon_domain","user":"alice"}`
	loneSite = `{"documentroot":"/srv/lone","domain":"lone.test",` + common + `"serveralias":"","servername":"lone.test","type":"addon_domain","user":"alice"}`
	blogSite = `{"documentroot":"/home/alice/public_html/blog","domain":"blog.example.com",` + common + `"serveralias":"","servername":"blog.example.com","type":"sub_domain","user":"alice"}`
	abSite   = `{"documentroot":"/home/alice/ab","domain":"a.b.shop.test",` + common + `"serveralias":"","servername":"a.b.shop.test","type":"sub_domain","user":"alice"}`
	orgSite  = `{"documentroot":"/home/alice/public_html","domain":"example.org",` + common + `"serveralias":"` + names + `","servername":"example.com","type":"parked_domain","user":"alice"}`
	netSite  = `{"documentroot":"/home/alice/public_html","domain":"example.net",` + common + `"serveralias":"` + names + `","servername":"example.com","type":"parked_domain","user":"alice"}`
)

func TestUSection10ListDomains(t *testing.T) {
	r := full(t).Call("list_domains", nil).OK()
	if want := `{"addon_domains":["shop.test","lone.test"],"main_domain":"example.com","parked_domains":["example.org","example.net"],"sub_domains":["blog.example.com","a.b.shop.test"]}`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
	bare(t).Call("list_domains", nil).JSON(`{"addon_domains":[],"main_domain":"","parked_domains":[],"sub_domains":[]}`)
}

func TestUSection10DomainsData(t *testing.T) {
	hash := `{"addon_domains":[` + shopSite + `,` + loneSite + `],"main_domain":` + mainSite + `,"parked_domains":["example.org","example.net"],"sub_domains":[` + blogSite + `,` + abSite + `]}`
	list := "[" + strings.Join([]string{mainSite, shopSite, loneSite, blogSite, abSite, orgSite, netSite}, ",") + "]"
	h := full(t)
	for format, want := range map[string]string{"": hash, "hash": hash, "list": list} {
		if got := h.Call("domains_data", sdktest.Args{"format": format}).OK().Text(); got != want {
			t.Errorf("%s: data %s\nwant %s", format, got, want)
		}
	}
	h.Call("domains_data", sdktest.Args{"format": "xml"}).Fails("The parameter “format” is none of those that there are: hash and list are allowed.")

	h = bare(t)
	h.Call("domains_data", nil).JSON(`{"addon_domains":[],"main_domain":null,"parked_domains":[],"sub_domains":[]}`)
	h.Call("domains_data", sdktest.Args{"format": "list"}).JSON(`[]`)
}

func TestUSection10SingleDomainData(t *testing.T) {
	h := full(t)
	for name, want := range map[string]string{
		"example.com": mainSite, "EXAMPLE.com": mainSite, "example.com.": mainSite, "shop.test": shopSite,
		"blog.example.com": blogSite, "example.net": netSite,
	} {
		if got := h.Call("single_domain_data", sdktest.Args{"domain": name}).OK().Text(); got != want {
			t.Errorf("%s: data %s\nwant %s", name, got, want)
		}
	}
	const unknown = "The parameter “domain” is not a domain of this account: those that DomainInfo::list_domains returns are allowed."
	for _, name := range []string{"other.test", "shop.example.com", "example", "com", ".", "<b>\x00", "example.com.."} {
		h.Call("single_domain_data", sdktest.Args{"domain": name}).Fails(unknown)
	}
	h.Call("single_domain_data", nil).Fails("The parameter “domain” is required.")
	bare(t).Call("single_domain_data", sdktest.Args{"domain": "example.com"}).Fails(unknown)
}

// A member of a site that is not known is absent.
func TestSiteOfLittle(t *testing.T) {
	little := sdk.Account{Name: "bob", UID: -1, GID: -1, Domains: []sdk.Domain{{Name: "b.test", Kind: sdk.MainDomain}, {Name: "p.test", Kind: sdk.ParkedDomain}}}
	h := sdktest.New(t, module(), sdktest.WithAccount("bob"), sdktest.WithAccountInfo(little))
	h.Call("single_domain_data", sdktest.Args{"domain": "b.test"}).JSON(`{"domain":"b.test","serveralias":"www.b.test mail.b.test p.test","servername":"b.test","type":"main_domain","user":"bob"}`)
	h.Call("single_domain_data", sdktest.Args{"domain": "p.test"}).JSON(`{"domain":"p.test","serveralias":"www.b.test mail.b.test p.test","servername":"b.test","type":"parked_domain","user":"bob"}`)
}

func TestUSection10MainDomainAliases(t *testing.T) {
	full(t).Call("main_domain_builtin_subdomain_aliases", nil).JSON(`["www","mail"]`)
}

// A group has its name when the system knows it.
func TestGroupOfTheSystem(t *testing.T) {
	root := alice
	root.GID = 0
	var got struct{ Group string }
	h := sdktest.New(t, domaininfo.New(domaininfo.Config{}), sdktest.WithAccountInfo(root))
	h.Call("single_domain_data", sdktest.Args{"domain": "example.com"}).Decode(&got)
	if got.Group != "root" {
		t.Errorf("group 0 is %q", got.Group)
	}
}

func TestConfiguration(t *testing.T) {
	fromEnv := func(value string) *sdk.Module {
		return domaininfo.New(domaininfo.FromEnv(func(name string) string { return map[string]string{"ACCOUNT_ALIASES": value}[name] }))
	}
	for value, want := range map[string]string{
		"www.x":          `the alias "www.x"`,
		"-w":             `the alias "-w"`,
		"www, a_b":       `the alias "a_b"`,
		"ok x- é":        "the alias \"x-\": one label of a domain is allowed, such as \"www\"\nthe alias \"é\"",
		longLabel + "a,": `the alias "` + longLabel + `a"`,
	} {
		if err := fromEnv(value).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", value, err, want)
		}
	}
	for value, want := range map[string]string{"": `[]`, "www": `["www"]`, " a,\tb-1 " + longLabel: `["a","b-1","` + longLabel + `"]`} {
		sdktest.New(t, fromEnv(value)).Call("main_domain_builtin_subdomain_aliases", nil).JSON(want)
	}
}

var longLabel = strings.Repeat("l", 63)
