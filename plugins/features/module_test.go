package features_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"liveapi.host/plugins/features"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// host stands in for the host's own module.
var host = &sdk.Module{Name: "LiveAPI", Doc: "The host.", Version: "1", Functions: []sdk.Function{
	sdk.Func("features", "Lists features.", func(context.Context, *sdk.Call, sdk.None) ([]row, error) {
		return []row{{"zoneedit", "Zone editor"}, {"backup", "Backups"}}, nil
	}),
}}

type row struct {
	ID   string `json:"id" doc:"Its name."`
	Name string `json:"name" doc:"What to show."`
}

// alice has one feature and lacks one that her list has.
var alice = sdk.Account{Name: "alice", Features: sdk.Features{Only: []string{"zoneedit", "wp-toolkit"}, Except: []string{"wp-toolkit"}}}

func full(t testing.TB) *sdktest.Host {
	return sdktest.New(t, features.New(), sdktest.WithModules(host), sdktest.WithAccountInfo(alice))
}

// bare returns a host for an account that no feature was given to or denied.
func bare(t testing.TB) *sdktest.Host {
	return sdktest.New(t, features.New(), sdktest.WithModules(host), sdktest.WithAccount("bob"))
}

// U §4: the error text for a feature that is off; U3: the data is there, too.
func TestUSection4HasFeature(t *testing.T) {
	h := full(t)
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
	bare(t).Call("has_feature", sdktest.Args{"name": "anything"}).JSON(`1`)
}

func TestListFeatures(t *testing.T) {
	full(t).Call("list_features", nil).JSON(`{"backup":0,"wp-toolkit":0,"zoneedit":1}`)
	bare(t).Call("list_features", nil).JSON(`{"backup":1,"zoneedit":1}`)
}

func TestFeatureMetadata(t *testing.T) {
	r := full(t).Call("get_feature_metadata", nil).OK()
	if want := `[{"id":"backup","is_cpaddon":0,"is_plugin":0,"name":"Backups"},{"id":"wp-toolkit","is_cpaddon":0,"is_plugin":0,"name":"wp-toolkit"},{"id":"zoneedit","is_cpaddon":0,"is_plugin":0,"name":"Zone editor"}]`; r.Text() != want {
		t.Errorf("data %s\nwant %s", r.Text(), want)
	}
}

// When the host fails to list its features there is a warning, not an error.
func TestFeaturesWithoutTheHost(t *testing.T) {
	for answer, want := range map[string]string{
		"no":     "Only the features that the account names are listed, since the host's own list cannot be had: not today",
		"broken": "",
	} {
		silent := &sdk.Module{Name: "LiveAPI", Doc: "The host.", Version: "1", Functions: []sdk.Function{
			sdk.Func("features", "Lists features.", func(context.Context, *sdk.Call, sdk.None) (json.RawMessage, error) {
				if answer == "no" {
					return nil, sdk.Errorf(sdk.Failed, "not today")
				}
				return json.RawMessage(`{"a":1}`), nil
			}),
		}}
		r := sdktest.New(t, features.New(), sdktest.WithModules(silent), sdktest.WithAccountInfo(alice)).Call("list_features", nil)
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
