package account_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"liveapi.host/plugins/account"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// U §4: the text of a feature that is off; U3: with its data.
func TestUSection4HasFeature(t *testing.T) {
	h := full(t, "Features")
	h.Call("has_feature", sdktest.Args{"name": "zoneedit"}).JSON(`1`)
	for _, name := range []string{"backup", "wp-toolkit", "nobody's <b>"} {
		r := h.Call("has_feature", sdktest.Args{"name": name})
		r.Fails("You do not have the feature “" + name + "”.")
		if r.Text() != "0" {
			t.Errorf("%s: data %s", name, r.Text())
		}
	}
	h.Call("has_feature", nil).Fails("The parameter “name” is required.")
	for _, name := range []string{"a\nb", "\x00", strings.Repeat("x", 129)} {
		h.Call("has_feature", sdktest.Args{"name": name}).Fails("The parameter “name” is not a feature's name: 1 to 128 bytes of text on one line are allowed.")
	}
	bare(t, "Features").Call("has_feature", sdktest.Args{"name": "anything"}).JSON(`1`)
}

func TestListFeatures(t *testing.T) {
	full(t, "Features").Call("list_features", nil).JSON(`{"backup":0,"wp-toolkit":0,"zoneedit":1}`)
	bare(t, "Features").Call("list_features", nil).JSON(`{"backup":1,"zoneedit":1}`)
}

func TestFeatureMetadata(t *testing.T) {
	r := full(t, "Features").Call("get_feature_metadata", nil).OK()
	if want := `[{"id":"backup","is_cpaddon":0,"is_plugin":0,"name":"Backups"},{"id":"wp-toolkit","is_cpaddon":0,"is_plugin":0,"name":"wp-toolkit"},{"id":"zoneedit","is_cpaddon":0,"is_plugin":0,"name":"Zone editor"}]`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
}

// A host that cannot tell its features is a warning, not a failure.
func TestFeaturesWithoutTheHost(t *testing.T) {
	for answer, want := range map[string]string{
		"no":     "Only the features that the account names are listed, since the host's own list cannot be had: not today",
		"broken": "",
	} {
		host := &sdk.Module{Name: "LiveAPI", Doc: "The host.", Version: "1", Functions: []sdk.Function{
			sdk.Func("features", "Lists features.", func(context.Context, *sdk.Call, sdk.None) (json.RawMessage, error) {
				if answer == "no" {
					return nil, sdk.Errorf(sdk.Failed, "not today")
				}
				return json.RawMessage(`{"a":1}`), nil
			}),
		}}
		for _, m := range account.New(config()) {
			if m.Name != "Features" {
				continue
			}
			r := sdktest.New(t, m, sdktest.WithModules(host), sdktest.WithAccountInfo(alice)).Call("list_features", nil)
			if want == "" {
				if r.Status != 0 || !strings.HasPrefix(r.Errors[0], "An internal error occurred") {
					t.Errorf("%s: %q", answer, r.Errors)
				}
				continue
			}
			r.JSON(`{"wp-toolkit":0,"zoneedit":1}`)
			if len(r.Warnings) != 1 || r.Warnings[0] != want {
				t.Errorf("warnings %q", r.Warnings)
			}
		}
	}
}
