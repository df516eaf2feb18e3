package account_test

import (
	"fmt"
	"strings"
	"testing"

	"liveapi.host/plugins/account"
	"liveapi.host/sdk/sdktest"
)

func TestUSection10UserInformation(t *testing.T) {
	h := full(t, "Variables")
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

// What is not known is null: nothing is made up.
func TestUSection10UserInformationOfABareAccount(t *testing.T) {
	bare(t, "Variables").Call("get_user_information", nil).JSON(`{"contact_email":null,"contact_email_2":null,"demo":0,"domain":null,"domains":[],
		"gid":null,"home":null,"ip":null,"locale":"en","owner":null,"plan":null,"reseller":0,"shell":null,"theme":"jupiter","uid":null,"user":"bob"}`)
}

func TestSessionAndServerInformation(t *testing.T) {
	h := full(t, "Variables")
	h.Call("get_session_information", nil).JSON(`{"host":"server.example.net","locale":"pt_br","theme":"dusk","user":"alice"}`)
	h.Call("get_server_information", nil).JSON(`{"architecture":"amd64","hostname":"server.example.net","operating_system":"linux","processors":4,"time":1800000000}`)
	h.Call("get_server_information", sdktest.Args{"name": "hostname"}).JSON(`{"hostname":"server.example.net"}`)
}

func TestVariablesThatAreNotThere(t *testing.T) {
	h := full(t, "Variables")
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

// Without the module Themes the theme is not known, and the rest is.
func TestThemeThatCannotBeTold(t *testing.T) {
	for _, m := range account.New(config()) {
		if m.Name == "Variables" {
			r := sdktest.New(t, m).Call("get_session_information", nil).JSON(`{"host":"server.example.net","locale":"en","theme":null,"user":"alice"}`)
			if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "The theme cannot be told now: ") {
				t.Errorf("warnings %q", r.Warnings)
			}
		}
	}
}

func TestUSection10LocaleAttributes(t *testing.T) {
	r := full(t, "Locale").Call("get_attributes", nil).OK()
	if want := `{"direction":"ltr","encoding":"utf-8","locale":"pt_br","name":"português"}`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
	bare(t, "Locale").Call("get_attributes", nil).JSON(`{"direction":"ltr","encoding":"utf-8","locale":"en","name":"English"}`)
	arabic := alice
	arabic.Locale = "ar"
	start(t, sdktest.New, "Locale", sdktest.WithAccountInfo(arabic)).Call("get_attributes", nil).JSON(`{"direction":"rtl","encoding":"utf-8","locale":"ar","name":"العربية"}`)
}
