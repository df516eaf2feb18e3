package locale_test

import (
	"testing"

	"liveapi.host/plugins/locale"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// host is one for an account that has chosen this locale.
func host(t testing.TB, chosen string) *sdktest.Host {
	return sdktest.New(t, locale.New(), sdktest.WithAccountInfo(sdk.Account{Name: "alice", Locale: chosen}))
}

func TestUSection10LocaleAttributes(t *testing.T) {
	r := host(t, "pt_br").Call("get_attributes", nil).OK()
	if want := `{"direction":"ltr","encoding":"utf-8","locale":"pt_br","name":"português"}`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
	host(t, "").Call("get_attributes", nil).JSON(`{"direction":"ltr","encoding":"utf-8","locale":"en","name":"English"}`)
	host(t, "ar").Call("get_attributes", nil).JSON(`{"direction":"rtl","encoding":"utf-8","locale":"ar","name":"العربية"}`)
}
