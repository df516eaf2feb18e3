package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"liveapi.host/plugins/account"
	"liveapi.host/plugins/chrome"
	"liveapi.host/plugins/preferences"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// config has no value of the machine that runs the tests.
func config() account.Config {
	return account.Config{
		Hostname: "server.example.net", Themes: []string{"jupiter", "dusk"}, Aliases: []string{"www", "mail"},
		GroupName:       func(gid int) string { return map[int]string{2001: "customers"}[gid] },
		OperatingSystem: "linux", Architecture: "amd64", Processors: 4,
	}
}

// all is every module of the program, as it is started.
func all() []*sdk.Module {
	return append(account.New(config()), chrome.New(chrome.Config{}), preferences.NVData(), preferences.Personalization())
}

func TestMain(m *testing.M) { sdktest.Main(m, append(all(), features)...) }

// features stands for the host's own module.
var features = &sdk.Module{Name: "LiveAPI", Doc: "The host.", Version: "1", Functions: []sdk.Function{
	sdk.Func("features", "Lists features.", func(context.Context, *sdk.Call, sdk.None) ([]featureRow, error) {
		return []featureRow{{"zoneedit", "Zone editor"}, {"backup", "Backups"}}, nil
	}),
}}

type featureRow struct {
	ID   string `json:"id" doc:"Its name."`
	Name string `json:"name" doc:"What to show."`
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
	Features: sdk.Features{Only: []string{"zoneedit", "wp-toolkit"}, Except: []string{"wp-toolkit"}},
	Demo:     true, Reseller: true, Owner: "carol", Plan: "gold", IP: "192.0.2.7", Locale: "pt_br", Theme: "dusk",
	Contact: []string{"alice@mail.test", "second@mail.test"},
}

type starter func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host

// start returns a host for one of the modules, with the others beside it.
func start(t testing.TB, begin starter, name string, options ...sdktest.Option) *sdktest.Host {
	t.Helper()
	var target *sdk.Module
	others := []*sdk.Module{features}
	for _, m := range all() {
		if m.Name == name {
			target = m
		} else {
			others = append(others, m)
		}
	}
	return begin(t, target, append(options, sdktest.WithModules(others...))...)
}

// full and bare are hosts for an account that has everything, and for one that
// has nothing but its name.
func full(t testing.TB, module string) *sdktest.Host {
	return start(t, sdktest.New, module, sdktest.WithAccountInfo(alice), sdktest.WithClock(sdktest.NewClock(time.Unix(1_800_000_000, 0)).Now))
}

func bare(t testing.TB, module string) *sdktest.Host {
	return start(t, sdktest.New, module, sdktest.WithAccount("bob"))
}

// Every module answers over the pipe, from one process.
func TestUSection10OverThePipe(t *testing.T) {
	for module, call := range map[string]func(*sdktest.Host){
		"Variables": func(h *sdktest.Host) {
			h.Call("get_user_information", sdktest.Args{"name": "theme", "name-1": "domain"}).JSON(`{"domain":"example.com","theme":"dusk"}`)
		},
		"Features": func(h *sdktest.Host) { h.Call("has_feature", sdktest.Args{"name": "zoneedit"}).JSON(`1`) },
		"DomainInfo": func(h *sdktest.Host) {
			h.Call("main_domain_builtin_subdomain_aliases", nil).JSON(`["www","mail"]`)
		},
		"Locale":      func(h *sdktest.Host) { h.Call("get_attributes", nil).OK() },
		"Themes":      func(h *sdktest.Host) { h.Call("update", sdktest.Args{"theme": "jupiter"}).JSON(`null`) },
		"Park":        func(h *sdktest.Host) { h.API2("listparkeddomains", sdktest.Args{"regex": "none"}).JSON(`[]`) },
		"AddonDomain": func(h *sdktest.Host) { h.API2("listaddondomains", nil).OK() },
		"SubDomain":   func(h *sdktest.Host) { h.API2("listsubdomains", nil).OK() },
		"Chrome":      func(h *sdktest.Host) { h.Call("get_domain", nil).JSON(`{"domain":"example.com"}`) },
		"NVData":      func(h *sdktest.Host) { h.Call("get", sdktest.Args{"names": "a"}).OK() },
		"Personalization": func(h *sdktest.Host) {
			h.Call("get", nil).JSON(`{"personalization":{}}`)
		},
	} {
		t.Run(module, func(t *testing.T) {
			call(start(t, sdktest.Pipe, module, sdktest.WithAccountInfo(alice)))
		})
	}
}

// Functions that only read are for demo accounts, too.
func TestDemo(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, all()...)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil || len(manifests) != 11 {
		t.Fatalf("%d manifests, %v", len(manifests), err)
	}
	for _, m := range manifests {
		for _, f := range m.Functions {
			if writes := f.Name == "update" || f.Name == "set"; bool(f.AllowDemo) == writes {
				t.Errorf("%s::%s: demo accounts %t", m.Module, f.Name, f.AllowDemo)
			}
		}
	}
}

func TestConfiguration(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	host := func() (string, error) { return "h", nil }
	for _, c := range []struct {
		env      func(string) string
		hostname func() (string, error)
		want     string
	}{
		{env(), func() (string, error) { return "", errors.New("no name") }, "the host name cannot be read, set ACCOUNT_HOSTNAME: no name"},
		{env("ACCOUNT_HOSTNAME", "a\nb"), host, "the host name is"},
		{env("ACCOUNT_THEMES", "a,../b"), host, `the theme "../b"`},
		{env("ACCOUNT_THEMES", ".a"), host, `the theme ".a"`},
		{env("ACCOUNT_THEMES", "é"), host, `the theme "é"`},
		{env("ACCOUNT_THEMES", "a b a"), host, `the theme "a" is named twice`},
		{env("ACCOUNT_ALIASES", "www.x"), host, `the alias "www.x"`},
		{env("ACCOUNT_ALIASES", "-w"), host, `the alias "-w"`},
	} {
		if _, err := sdk.NewServer(sdk.Options{}, account.FromEnv(c.env, c.hostname)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if _, err := sdk.NewServer(sdk.Options{}, account.New(account.Config{Hostname: "h", Themes: []string{}})...); err == nil {
		t.Error("no theme at all is accepted")
	}

	modules := account.FromEnv(env("ACCOUNT_THEMES", " night, day ", "ACCOUNT_ALIASES", "www"), host)
	for _, m := range modules {
		h := sdktest.New(t, m)
		switch m.Name {
		case "Themes":
			h.Call("list", nil).JSON(`["night","day"]`)
		case "DomainInfo":
			h.Call("main_domain_builtin_subdomain_aliases", nil).JSON(`["www"]`)
		case "Variables":
			h.Call("get_server_information", sdktest.Args{"name": "hostname"}).JSON(`{"hostname":"h"}`)
		}
	}
	for _, m := range account.FromEnv(env(), host) {
		if m.Name == "Themes" {
			sdktest.New(t, m).Call("get_theme_base", nil).JSON(`"jupiter"`)
		}
		if m.Name == "DomainInfo" {
			sdktest.New(t, m).Call("main_domain_builtin_subdomain_aliases", nil).JSON(`[]`)
		}
	}
}

// A group is told by its name when the system knows it.
func TestGroupOfTheSystem(t *testing.T) {
	c := config()
	c.GroupName = nil
	for _, m := range account.New(c) {
		if m.Name != "DomainInfo" {
			continue
		}
		root := alice
		root.GID = 0
		var got struct{ Group string }
		sdktest.New(t, m, sdktest.WithAccountInfo(root)).Call("single_domain_data", sdktest.Args{"domain": "example.com"}).Decode(&got)
		if got.Group != "root" {
			t.Errorf("group 0 is %q", got.Group)
		}
	}
}
