// Command rules is the module of the rules test: functions with the arguments, results
// and errors that the U-rules describe.
package main

import (
	"context"
	"encoding/json"
	"os"

	"liveapi.host/sdk"
)

func main() {
	sdk.Main(&sdk.Module{
		Name: "Rules", Doc: "Shows each rule.", Version: "1",
		Functions: []sdk.Function{
			sdk.Func("echo", "Returns its arguments as it has read them.", echo).AllowDemo(),
			sdk.Func("flags", "Returns booleans, at any depth.", flags).AllowDemo(),
			sdk.Func("nothing", "Returns no data.",
				func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) { return sdk.None{}, nil }).
				AllowDemo(),
			sdk.Func("texts", "Has a message and a warning.", texts).AllowDemo(),
			sdk.Func("rows", "Returns rows.", func(context.Context, *sdk.Call, sdk.None) ([]row, error) { return table(), nil }).
				AllowDemo(),
			sdk.Func("fail", "Fails, with data beside.", fail).AllowDemo(),
			sdk.Func("fault", "Fails with an error that is not for callers.", fault).AllowDemo(),
			sdk.Func("die", "Ends its process.",
				func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) { os.Exit(9); return sdk.None{}, nil }).
				AllowDemo(),
			sdk.Func("gated", "Needs a feature.", func(context.Context, *sdk.Call, sdk.None) (int, error) { return 1, nil }).
				NeedsFeature("telepathy").
				AllowDemo(),
			sdk.Func("change", "Is not for demo accounts.", func(context.Context, *sdk.Call, sdk.None) (int, error) { return 1, nil }),
			sdk.API2("rows", "Returns rows.", func(context.Context, *sdk.Call, sdk.None) ([]row, error) { return table(), nil }).
				AllowDemo(),
			sdk.API2("soft", "Fails softly.", func(context.Context, *sdk.Call, sdk.None) ([]row, error) {
				return nil, sdk.Reason("There is no such domain.")
			}).AllowDemo(),
			sdk.API2("hard", "Fails.", func(context.Context, *sdk.Call, sdk.None) ([]row, error) {
				return nil, sdk.Errorf(sdk.Failed, "No domain was given.")
			}).AllowDemo(),
			sdk.API1("join", "Joins its arguments.", func(_ context.Context, _ *sdk.Call, in words) (string, error) {
				text := in.First
				for _, w := range in.Rest {
					text += "+" + w
				}
				return text, nil
			}).AllowDemo(),
		},
	})
}

type words struct {
	First string   `json:"first" doc:"The first." required:"true"`
	Rest  []string `json:"rest" doc:"The others."`
}

type arguments struct {
	Text   string          `json:"text" doc:"Any text."`
	Number int             `json:"number" doc:"A whole number."`
	Flag   bool            `json:"flag" doc:"1 or 0."`
	List   []string        `json:"list" doc:"Texts."`
	Nested json.RawMessage `json:"nested" doc:"Any JSON."`
	Secret sdk.Secret      `json:"secret" doc:"What nobody may see."`
}

type read struct {
	Flag   bool            `json:"flag" doc:"As it was read."`
	List   []string        `json:"list" doc:"As it was read."`
	Nested json.RawMessage `json:"nested" doc:"As it was read."`
	Number int             `json:"number" doc:"As it was read."`
	Text   string          `json:"text" doc:"As it was read."`
}

func echo(_ context.Context, _ *sdk.Call, in arguments) (read, error) {
	return read{in.Flag, in.List, in.Nested, in.Number, in.Text}, nil
}

func flags(context.Context, *sdk.Call, sdk.None) (map[string]any, error) {
	return map[string]any{"no": false, "text": "true", "within": []any{true, map[string]bool{"yes": true}}}, nil
}

func texts(_ context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
	call.Message("It took %d tries.", 3)
	call.Warn("It will be gone <soon>.")
	call.Metadata("b", true)
	call.Metadata("a", "x")
	return sdk.None{}, nil
}

type row struct {
	Domain string `json:"domain" doc:"A domain."`
	Quota  string `json:"quota" doc:"A number, or unlimited."`
	Size   int    `json:"size" doc:"A number."`
	Note   string `json:"note,omitempty" doc:"Only some rows have one."`
}

func table() []row {
	return []row{
		{Domain: "beta.test", Quota: "10", Size: 10}, {Domain: "alpha.test", Quota: "unlimited", Size: 9, Note: "N"},
		{Domain: "Gamma.example", Quota: "9", Size: 0}, {Domain: "delta.example", Quota: "2.5", Size: 10},
	}
}

type uploads struct {
	Failed    int      `json:"failed" doc:"How many failed."`
	Succeeded int      `json:"succeeded" doc:"How many came."`
	Uploads   []string `json:"uploads" doc:"Their names."`
	Warned    int      `json:"warned" doc:"How many have a warning."`
}

func fail(context.Context, *sdk.Call, sdk.None) (*uploads, error) {
	return &uploads{Uploads: []string{}}, sdk.Errorf(sdk.Failed, "You must specify at least one file to upload.")
}

func fault(context.Context, *sdk.Call, sdk.None) (sdk.None, error) {
	return sdk.None{}, os.ErrPermission
}
