package reference_test

import (
	"context"
	"strings"
	"testing"

	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/reference"
	"liveapi.host/protocol"
	"liveapi.host/sdk"
)

// Whoever reads about a function sees what its author wrote in the SDK about its
// deprecation.
func TestDeprecatedFunctionsAreShownAsSuch(t *testing.T) {
	server, err := sdk.NewServer(
		sdk.Options{},
		&sdk.Module{Name: "Old", Doc: "Has seen better days.", Version: "1", Functions: []sdk.Function{
			sdk.Func("greet", "Greets.\nAt length.", func(context.Context, *sdk.Call, sdk.None) (string, error) { return "", nil }).
				Deprecated("Call New::greet."),
			sdk.Func("wave", "Waves.", func(context.Context, *sdk.Call, sdk.None) (string, error) { return "", nil }),
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := reference.New(manifests)
	page, err := r.Markdown()
	if err != nil {
		t.Fatal(err)
	}
	document, err := r.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var help, list strings.Builder
	old := manifests[0].Function("greet")
	if err := catalogue.Explain(&help, "uapi", "Old", old); err != nil {
		t.Fatal(err)
	}
	if err := catalogue.Write(&list, &manifests[0]); err != nil {
		t.Fatal(err)
	}
	offered, _ := protocol.Summary(old.About()) // what completion shows next to the name
	for where, text := range map[string]string{"the reference": string(page), "--help": help.String(), "the list": list.String(), "completion": offered} {
		if strings.Count(text, "(deprecated)") < 1 || strings.Contains(text, "Waves. (deprecated)") {
			t.Errorf("%s does not say that it is deprecated: %s", where, text)
		}
	}
	for where, text := range map[string]string{"the reference": string(page), "--help": help.String(), "OpenAPI": string(document)} {
		if !strings.Contains(text, "Deprecated: Call New::greet.") {
			t.Errorf("%s does not say what to call instead", where)
		}
	}
	if n := strings.Count(string(document), `"deprecated": true`); n != 2 { // GET and POST
		t.Errorf("%d operations of the document are deprecated", n)
	}
}
