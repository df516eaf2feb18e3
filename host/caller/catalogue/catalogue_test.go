package catalogue

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

const served = `[
{"module":"Email","version":"","file":"","doc":"Mail.\nMore.","functions":[
  {"name":"add_pop","doc":"Adds an account.","api":3,"params":[]},
  {"name":"delete_pop","doc":"","api":3,"params":[]},
  {"name":"list_pops","doc":"","api":3,"params":[]},
  {"name":"list_pops","doc":"For API 2.","api":2,"params":[]}]},
{"module":"Park","functions":[{"name":"listparkeddomains","api":2}]},
{"module":"TwoFactorAuth","functions":[
  {"name":"get_user_configuration","api":0,"allow_demo":1},
  {"name":"set_user_configuration","api":3,"needs_feature":"two","doc":"Turns it on.\nReally.","params":[
    {"name":"secret","doc":"The secret.","type":"string","required":1,"secret":1},
    {"name":"when","doc":"","type":"flag"},
    {"name":"at","doc":"Where.","type":"string","list":1}],
   "returns":{"type":"object","fields":[{"name":"done","type":"flag"},{"name":"rows","doc":"Rows.","type":"object","list":1,"fields":[{"name":"n","type":"number"}]}]}}]}]`

func load(t *testing.T) Catalogue {
	t.Helper()
	c, err := Decode(json.RawMessage(served))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSimilar(t *testing.T) {
	c := load(t).Of(protocol.UAPI)
	for _, q := range []struct {
		module, function string
		want             []string
	}{
		{"Email", "add_pop", nil},
		{"Email", "addpop", []string{"Email add_pop"}},
		{"Email", "add_ppo", []string{"Email add_pop"}},
		{"Email", "ADD_POP", []string{"Email add_pop"}},
		{"Email", "lsit_pops", []string{"Email list_pops"}},
		{"Email", "list", []string{"Email list_pops"}},
		{"Email", "frobnicate", nil},
		{"Email", "x", nil},
		{"email", "add_pop", []string{"Email add_pop"}},
		{"Emial", "list_pop", []string{"Email list_pops"}},
		{"Emial", "frobnicate", []string{"Email"}},
		{"Email", "", nil},
		{"Mail", "", []string{"Email"}},
		{"twofactorauth", "get_user_config", []string{"TwoFactorAuth get_user_configuration"}},
		{"TwoFactorAuth", "et_user_configuration", []string{"TwoFactorAuth get_user_configuration", "TwoFactorAuth set_user_configuration"}},
		{"Nosuch", "add_pop", nil},
		{"Parc", "listparkeddomains", nil}, // of API 2 only
		{"", "", nil},
	} {
		if got := c.Similar(q.module, q.function); !slices.Equal(got, q.want) {
			t.Errorf("%s %s: %q, want %q", q.module, q.function, got, q.want)
		}
	}
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abcd", "abd", 1}, {"abd", "abcd", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := slips(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestOf(t *testing.T) {
	c := load(t)
	for api, want := range map[protocol.APIVersion]string{protocol.UAPI: "Email 3, TwoFactorAuth 2", protocol.API2: "Email 1, Park 1", protocol.API1: ""} {
		var got []string
		for _, m := range c.Of(api) {
			got = append(got, m.Module+" "+string(rune('0'+len(m.Functions))))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("of API %d: %q, want %s", api, got, want)
		}
	}
	if len(c[0].Functions) != 4 {
		t.Error("the catalogue itself was changed")
	}
}

func TestExplain(t *testing.T) {
	c := load(t).Of(protocol.UAPI)
	m := c.Module("TwoFactorAuth")
	var out strings.Builder
	if err := Explain(&out, "uapi", m.Module, m.Function("set_user_configuration")); err != nil {
		t.Fatal(err)
	}
	const want = `TwoFactorAuth set_user_configuration: Turns it on.
Really.

Usage:
  uapi TwoFactorAuth set_user_configuration secret=TEXT [when=1|0] [at=TEXT]…

Parameters:
  secret  text, required, secret: The secret.
  when    1 or 0
  at      text, may be repeated: Where.

Result, in data: object
  done  1 or 0
  rows  list of object: Rows.
    n  number

The account needs the feature “two”.

Not available to demo accounts.

Example:
  echo '{"secret":"VALUE"}' | uapi --input=json TwoFactorAuth set_user_configuration
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, data := range []string{"", "null2", "{}", `[{"functions":[{"allow_demo":"yes"}]}]`, `[{"functions":[{"params":["name"]}]}]`} {
		if c, err := Decode(json.RawMessage(data)); err == nil {
			t.Errorf("%s: %v", data, c)
		}
	}
}
