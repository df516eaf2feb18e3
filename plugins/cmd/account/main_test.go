package main

import (
	"strings"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// all returns every module of the program, with settings that do not depend on the
// machine.
func all() []*sdk.Module {
	settings := map[string]string{"ACCOUNT_THEMES": "jupiter,dusk", "ACCOUNT_ALIASES": "www,mail"}
	return modules(func(name string) string { return settings[name] }, func() (string, error) { return "server.example.net", nil })
}

func TestMain(m *testing.M) { sdktest.Main(m, all()...) }

// Every module answers over the pipe, from one process.
func TestUSection10OverThePipe(t *testing.T) {
	alice := sdk.Account{
		Name: "alice", Domains: []sdk.Domain{{Name: "example.com", Kind: sdk.MainDomain, Root: "/home/alice/public_html"}},
		Features: sdk.Features{Only: []string{"zoneedit"}}, Locale: "pt_br", Theme: "dusk",
	}
	for module, call := range map[string]func(*sdktest.Host){
		"Variables": func(h *sdktest.Host) {
			h.Call("get_user_information", sdktest.Args{"name": "theme", "name-1": "domain"}).JSON(`{"domain":"example.com","theme":"dusk"}`)
			h.Call("get_server_information", sdktest.Args{"name": "hostname"}).JSON(`{"hostname":"server.example.net"}`)
		},
		"Features": func(h *sdktest.Host) { h.Call("has_feature", sdktest.Args{"name": "zoneedit"}).JSON(`1`) },
		"DomainInfo": func(h *sdktest.Host) {
			h.Call("main_domain_builtin_subdomain_aliases", nil).JSON(`["www","mail"]`)
		},
		"Locale": func(h *sdktest.Host) { h.Call("get_attributes", nil).OK() },
		"Themes": func(h *sdktest.Host) {
			h.Call("update", sdktest.Args{"theme": "jupiter"}).JSON(`null`)
			h.Call("list", nil).JSON(`["jupiter","dusk"]`)
		},
		"Park":        func(h *sdktest.Host) { h.API2("listparkeddomains", sdktest.Args{"regex": "none"}).JSON(`[]`) },
		"AddonDomain": func(h *sdktest.Host) { h.API2("listaddondomains", nil).OK() },
		"SubDomain":   func(h *sdktest.Host) { h.API2("listsubdomains", nil).OK() },
		"Chrome": func(h *sdktest.Host) {
			h.Call("get_domain", nil).JSON(`{"domain":"example.com"}`)
			h.Call("get_dom", nil).OK()
		},
		"NVData": func(h *sdktest.Host) { h.Call("get", sdktest.Args{"names": "a"}).OK() },
		"Personalization": func(h *sdktest.Host) {
			h.Call("get", nil).JSON(`{"personalization":{}}`)
		},
	} {
		t.Run(module, func(t *testing.T) {
			var target *sdk.Module
			var others []*sdk.Module
			for _, m := range all() {
				if m.Name == module {
					target = m
				} else {
					others = append(others, m)
				}
			}
			call(sdktest.Pipe(t, target, sdktest.WithModules(others...), sdktest.WithAccountInfo(alice)))
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

// Errors in the settings of several modules are reported together.
func TestSettings(t *testing.T) {
	settings := map[string]string{
		"ACCOUNT_HOSTNAME": "a\nb",
		"ACCOUNT_THEMES":   "../b",
		"ACCOUNT_ALIASES":  "www.x",
		"CHROME_TEMPLATE":  "frame.html",
	}
	_, err := sdk.NewServer(sdk.Options{}, modules(func(name string) string { return settings[name] }, nil)...)
	for _, want := range []string{"the host name is", `the theme "../b"`, `the alias "www.x"`, "CHROME_TEMPLATE"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
