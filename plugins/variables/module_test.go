package variables_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"liveapi.host/plugins/variables"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// module returns the module without any value of the machine that runs the tests.
func module() *sdk.Module {
	return variables.New(variables.Config{Hostname: "server.example.net", OperatingSystem: "linux", Architecture: "amd64", Processors: 4})
}

// themes stands in for the module Themes.
func themes(name string) *sdk.Module {
	return &sdk.Module{Name: "Themes", Doc: "Themes.", Version: "1", Functions: []sdk.Function{
		sdk.Func("get_theme_base", "Tells the theme.", func(context.Context, *sdk.Call, sdk.None) (string, error) { return name, nil }),
	}}
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
	Demo: true, Reseller: true, Owner: "carol", Plan: "gold", IP: "192.0.2.7", Locale: "pt_br",
	Contact: []string{"alice@mail.test", "second@mail.test"},
}

// full and bare return hosts for an account that has every value, and for one that
// has only its name.
func full(t testing.TB) *sdktest.Host {
	clock := sdktest.NewClock(time.Unix(1_800_000_000, 0))
	return sdktest.New(t, module(), sdktest.WithModules(themes("dusk")), sdktest.WithAccountInfo(alice), sdktest.WithClock(clock.Now))
}

func bare(t testing.TB) *sdktest.Host {
	return sdktest.New(t, module(), sdktest.WithModules(themes("jupiter")), sdktest.WithAccount("bob"))
}

func TestUSection10UserInformation(t *testing.T) {
	h := full(t)
	want := `{"contact_email":"alice@mail.test","contact_email_2":"second@mail.test","demo":1,"domain":"example.com",` +
		`"domains":["shop.test","lone.test","example.org","example.net","blog.example.com","a.b.shop.test"],"gid":2001,"home":"/home/alice",` +
		`"ip":"192.0.2.7","locale":"pt_br","owner":"carol","plan":"gold","reseller":1,"shell":"/bin/bash","theme":"dusk","uid":1001,"user":"alice"}`
	if got := h.Call("get_user_information", nil).OK().Text(); got != want {
		t.Errorf("data %s\nwant %s", got, want)
	}
	for _, args := range []string{`{"name":"user","name-1":"uid","name-2":"uid"}`, `{"name-0":"uid","name-1":"user"}`, `{"name":["user","uid"]}`} { // U8
		h.CallJSON("get_user_information", args).JSON(`{"uid":1001,"user":"alice"}`)
	}
}

// A value that is not known is null.
func TestUSection10UserInformationOfABareAccount(t *testing.T) {
	bare(t).Call("get_user_information", nil).JSON(`{"contact_email":null,"contact_email_2":null,"demo":0,"domain":null,"domains":[],
		"gid":null,"home":null,"ip":null,"locale":"en","owner":null,"plan":null,"reseller":0,"shell":null,"theme":"jupiter","uid":null,"user":"bob"}`)
}

func TestSessionAndServerInformation(t *testing.T) {
	h := full(t)
	h.Call("get_session_information", nil).JSON(`{"host":"server.example.net","locale":"pt_br","theme":"dusk","user":"alice"}`)
	h.Call("get_server_information", nil).JSON(`{"architecture":"amd64","hostname":"server.example.net","operating_system":"linux","processors":4,"time":1800000000}`)
	h.Call("get_server_information", sdktest.Args{"name": "hostname"}).JSON(`{"hostname":"server.example.net"}`)
}

func TestVariablesThatAreNotThere(t *testing.T) {
	h := full(t)
	r := h.Call("get_session_information", sdktest.Args{"name": "user", "name-1": "<b>", "name-2": "uid"}).JSON(`{"<b>":null,"uid":null,"user":"alice"}`)
	if len(r.Warnings) != 2 || r.Warnings[0] != "The variable “<b>” is not known here. These are: host, locale, theme, user." {
		t.Errorf("warnings %q", r.Warnings)
	}
	h.Call("get_user_information", sdktest.Args{"name": "user", "name-1": "a\nb"}).Fails("The parameter “name” (entry 2) is not a name: 1 to 64 bytes of text on one line are allowed.")
	h.Call("get_user_information", sdktest.Args{"name": strings.Repeat("x", 65)}).Fails("The parameter “name” (entry 1) is not a name: 1 to 64 bytes of text on one line are allowed.")
	many := sdktest.Args{}
	for i := range 257 {
		many[fmt.Sprintf("name-%d", i)] = "user"
	}
	h.Call("get_user_information", many).Fails("The parameter “name” comes 257 times: at most 256 are allowed.")
}

// Without the module Themes only the theme is unknown.
func TestThemeThatCannotBeTold(t *testing.T) {
	r := sdktest.New(t, module()).Call("get_session_information", nil).JSON(`{"host":"server.example.net","locale":"en","theme":null,"user":"alice"}`)
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "The theme cannot be told now: ") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestConfiguration(t *testing.T) {
	env := func(value string) func(string) string {
		return func(name string) string { return map[string]string{"ACCOUNT_HOSTNAME": value}[name] }
	}
	host := func() (string, error) { return "h", nil }
	for _, c := range []struct {
		value    string
		hostname func() (string, error)
		want     string
	}{
		{"", func() (string, error) { return "", errors.New("no name") }, "the host name cannot be read, set ACCOUNT_HOSTNAME: no name"},
		{"a\nb", host, "the host name is"},
		{strings.Repeat("a", 254), host, "the host name is"},
	} {
		if err := variables.New(variables.FromEnv(env(c.value), c.hostname)).Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	for value, want := range map[string]string{"": "h", "set": "set"} {
		h := sdktest.New(t, variables.New(variables.FromEnv(env(value), host)))
		h.Call("get_server_information", sdktest.Args{"name": "hostname"}).JSON(`{"hostname":"` + want + `"}`)
	}
}
