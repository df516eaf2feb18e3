package themes_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"liveapi.host/plugins/themes"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func module() *sdk.Module { return themes.New(themes.Config{Themes: []string{"jupiter", "dusk"}}) }

// full returns a host for an account that the administrator has given a theme.
func full(t testing.TB) *sdktest.Host {
	return sdktest.New(t, module(), sdktest.WithAccountInfo(sdk.Account{Name: "alice", Theme: "dusk"}))
}

func TestUSection10Themes(t *testing.T) {
	h := full(t)
	h.Call("list", nil).JSON(`["jupiter","dusk"]`)
	h.Call("get_theme_base", nil).JSON(`"dusk"`) // the administrator's
	h.Call("update", sdktest.Args{"theme": "jupiter"}).JSON(`null`)
	h.Call("get_theme_base", nil).JSON(`"jupiter"`)
	h.As("bob").Call("update", sdktest.Args{"theme": "dusk"}).OK()
	h.Call("get_theme_base", nil).JSON(`"jupiter"`)
	h.As("bob").Call("get_theme_base", nil).JSON(`"dusk"`)
	sdktest.New(t, module(), sdktest.WithAccount("bob")).Call("get_theme_base", nil).JSON(`"jupiter"`) // the server's first
}

func TestThemesThatDoNotExist(t *testing.T) {
	h := full(t)
	h.Call("update", nil).Fails("The parameter “theme” is required.")
	for _, theme := range []string{"none", "Jupiter", "../jupiter", "a\x00", "<b>"} {
		h.Call("update", sdktest.Args{"theme": theme}).Fails("The parameter “theme” names no theme that exists: these are allowed: jupiter, dusk.")
	}
	h.Call("get_theme_base", nil).JSON(`"dusk"`)

	// A chosen theme that was removed later is ignored.
	if _, err := h.Storage().Swap(t.Context(), "theme", 0, []byte("removed")); err != nil {
		t.Fatal(err)
	}
	h.Call("get_theme_base", nil).JSON(`"dusk"`)
	h.Call("update", sdktest.Args{"theme": "jupiter"}).OK()
	h.Call("get_theme_base", nil).JSON(`"jupiter"`)
}

func TestThemesStorageFaults(t *testing.T) {
	const notNow = "The theme cannot be stored now; nothing was changed. Try again later."
	for _, c := range []struct {
		get, swap error
		want      string
	}{
		{swap: sdk.ErrConflict, want: "The theme is being changed by others at the same time; nothing was changed. Try again."},
		{swap: sdk.ErrFull, want: "There is no space left to store the theme; nothing was changed."},
		{swap: sdk.ErrUnknown, want: "Whether the theme was stored is not known: ask get_theme_base, and try again."},
		{swap: errors.New("disk on fire"), want: notNow},
		{get: errors.New("disk on fire"), want: notNow},
	} {
		s := sdktest.NewFaulty()
		s.GetErr, s.SwapErr = c.get, c.swap
		h := sdktest.New(t, module(), sdktest.WithStorage(func(string, string) sdk.Storage { return s }))
		h.Call("update", sdktest.Args{"theme": "dusk"}).Fails(c.want)
		if c.get != nil {
			h.Call("get_theme_base", nil).Fails("The account's theme cannot be read now. Try again later.")
		}
	}
}

func TestThemesParallel(t *testing.T) {
	h := full(t)
	var all sync.WaitGroup
	for i := range 8 {
		theme := []string{"jupiter", "dusk"}[i%2]
		all.Go(func() { h.Call("update", sdktest.Args{"theme": theme}).OK() })
	}
	all.Wait()
}

func TestConfiguration(t *testing.T) {
	fromEnv := func(value string) *sdk.Module {
		return themes.New(themes.FromEnv(func(name string) string { return map[string]string{"ACCOUNT_THEMES": value}[name] }))
	}
	for value, want := range map[string]string{
		"a,../b":                `the theme "../b"`,
		".a":                    `the theme ".a"`,
		"é":                     `the theme "é"`,
		strings.Repeat("a", 65): `the theme "aaa`,
		"a b a":                 `the theme "a" is named twice`,
	} {
		if err := fromEnv(value).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", value, err, want)
		}
	}
	if themes.New(themes.Config{Themes: []string{}}).Check() == nil {
		t.Error("no theme at all is accepted")
	}
	for value, want := range map[string]string{"": `["jupiter"]`, " night, day ": `["night","day"]`, "A_1-b.c": `["A_1-b.c"]`} {
		sdktest.New(t, fromEnv(value)).Call("list", nil).JSON(want)
	}
}
