package account_test

import (
	"strings"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

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
	r := full(t, "DomainInfo").Call("list_domains", nil).OK()
	if want := `{"addon_domains":["shop.test","lone.test"],"main_domain":"example.com","parked_domains":["example.org","example.net"],"sub_domains":["blog.example.com","a.b.shop.test"]}`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
	bare(t, "DomainInfo").Call("list_domains", nil).JSON(`{"addon_domains":[],"main_domain":"","parked_domains":[],"sub_domains":[]}`)
}

func TestUSection10DomainsData(t *testing.T) {
	hash := `{"addon_domains":[` + shopSite + `,` + loneSite + `],"main_domain":` + mainSite + `,"parked_domains":["example.org","example.net"],"sub_domains":[` + blogSite + `,` + abSite + `]}`
	list := "[" + strings.Join([]string{mainSite, shopSite, loneSite, blogSite, abSite, orgSite, netSite}, ",") + "]"
	h := full(t, "DomainInfo")
	for format, want := range map[string]string{"": hash, "hash": hash, "list": list} {
		if got := h.Call("domains_data", sdktest.Args{"format": format}).OK().Text(); got != want {
			t.Errorf("%s: data %s\nwant %s", format, got, want)
		}
	}
	h.Call("domains_data", sdktest.Args{"format": "xml"}).Fails("The parameter “format” is none of those that there are: hash and list are allowed.")

	h = bare(t, "DomainInfo")
	h.Call("domains_data", nil).JSON(`{"addon_domains":[],"main_domain":null,"parked_domains":[],"sub_domains":[]}`)
	h.Call("domains_data", sdktest.Args{"format": "list"}).JSON(`[]`)
}

func TestUSection10SingleDomainData(t *testing.T) {
	h := full(t, "DomainInfo")
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
	bare(t, "DomainInfo").Call("single_domain_data", sdktest.Args{"domain": "example.com"}).Fails(unknown)
}

// What is not known of a site is absent, not made up.
func TestSiteOfLittle(t *testing.T) {
	little := sdk.Account{Name: "bob", UID: -1, GID: -1, Domains: []sdk.Domain{{Name: "b.test", Kind: sdk.MainDomain}, {Name: "p.test", Kind: sdk.ParkedDomain}}}
	h := start(t, sdktest.New, "DomainInfo", sdktest.WithAccount("bob"), sdktest.WithAccountInfo(little))
	h.Call("single_domain_data", sdktest.Args{"domain": "b.test"}).JSON(`{"domain":"b.test","serveralias":"www.b.test mail.b.test p.test","servername":"b.test","type":"main_domain","user":"bob"}`)
	h.Call("single_domain_data", sdktest.Args{"domain": "p.test"}).JSON(`{"domain":"p.test","serveralias":"www.b.test mail.b.test p.test","servername":"b.test","type":"parked_domain","user":"bob"}`)
}

func TestUSection10MainDomainAliases(t *testing.T) {
	full(t, "DomainInfo").Call("main_domain_builtin_subdomain_aliases", nil).JSON(`["www","mail"]`)
}
