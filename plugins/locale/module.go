package locale

import (
	"context"

	"liveapi.host/plugins/internal/locales"
	"liveapi.host/sdk"
)

// New returns the module Locale.
func New() *sdk.Module {
	return &sdk.Module{
		Name:    "Locale",
		Doc:     "The language that an account has chosen.",
		Version: "1.0.0",
		Functions: []sdk.Function{
			sdk.Func("get_attributes", "Returns the account's locale, its name and the direction of its writing.\nThe default is `en`.",
				get).AllowDemo().PrefetchAccount(),
		},
	}
}

type attributes struct {
	Direction string `json:"direction" doc:"\"ltr\": from left to right; \"rtl\": from right to left."`
	Encoding  string `json:"encoding" doc:"The encoding of every text: always \"utf-8\"."`
	Locale    string `json:"locale" doc:"The locale, such as \"pt_br\"."`
	Name      string `json:"name" doc:"What the language calls itself; the locale again when that is not known."`
}

func get(ctx context.Context, call *sdk.Call, _ sdk.None) (attributes, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return attributes{}, err
	}
	l := locales.Of(a.Locale)
	return attributes{Direction: l.Direction, Encoding: "utf-8", Locale: l.ID, Name: l.Name}, nil
}
