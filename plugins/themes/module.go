package themes

import (
	"context"
	"errors"
	"slices"
	"strings"

	"liveapi.host/sdk"
)

// New returns the module Themes. Its Check reports what is wrong with c.
func New(c Config) *sdk.Module {
	c.complete()
	t := themes{exist: c.Themes}
	return &sdk.Module{
		Name:    "Themes",
		Doc:     "The look of the pages that an account uses.",
		Version: "1.0.0",
		Check:   c.check,
		Functions: []sdk.Function{
			sdk.Func("get_theme_base", `Returns the account's theme.
It is the theme that update has set, if it still exists, else the one that the administrator
has given to the account, else the server's first.`, t.get).AllowDemo().PrefetchAccount().PrefetchRecords(themeKey).Provides("theme"),
			sdk.Func("list", "Lists the themes that exist, the server's first one first.", t.list).AllowDemo(),
			sdk.Func("update", "Sets the account's theme.\nDemo accounts may not.", t.update),
		},
	}
}

// themes are the module Themes.
type themes struct{ exist []string }

// themeKey is the record that holds the name of the theme that an account chose.
const themeKey = "theme"

// tries is how often a write is tried when others change the record.
const tries = 8

func (t themes) get(ctx context.Context, call *sdk.Call, _ sdk.None) (string, error) {
	switch r, err := call.Storage().Get(ctx, themeKey); {
	case err == nil && slices.Contains(t.exist, string(r.Value)):
		return string(r.Value), nil
	case err != nil && !errors.Is(err, sdk.ErrNotFound):
		return "", &sdk.Error{Code: sdk.Unavailable, Text: "The account's theme cannot be read now. Try again later.", Err: err}
	}
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return "", err
	}
	if a.Theme != "" {
		return a.Theme, nil
	}
	return t.exist[0], nil
}

func (t themes) list(context.Context, *sdk.Call, sdk.None) ([]string, error) { return t.exist, nil }

type updateIn struct {
	Theme string `json:"theme" required:"true" doc:"One of the names that list returns."`
}

func (t themes) update(ctx context.Context, call *sdk.Call, in updateIn) (sdk.None, error) {
	if !slices.Contains(t.exist, in.Theme) {
		return sdk.None{}, sdk.BadParam("theme", "names no theme that exists", "these are allowed: "+strings.Join(t.exist, ", "))
	}
	return sdk.None{}, notStored(sdk.Update(ctx, call.Storage(), themeKey, tries, func(sdk.Record) ([]byte, error) {
		return []byte(in.Theme), nil
	}))
}

// notStored returns the caller's error for a failed write; nil when err is nil.
func notStored(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sdk.ErrConflict):
		return sdk.Errorf(sdk.Conflict, "The theme is being changed by others at the same time; nothing was changed. Try again.")
	case errors.Is(err, sdk.ErrFull):
		return &sdk.Error{Code: sdk.Full, Text: "There is no space left to store the theme; nothing was changed.", Err: err}
	case errors.Is(err, sdk.ErrUnknown):
		return &sdk.Error{Code: sdk.Unknown, Text: "Whether the theme was stored is not known: ask get_theme_base, and try again.",
			Err: err}
	}
	return &sdk.Error{Code: sdk.Unavailable, Text: "The theme cannot be stored now; nothing was changed. Try again later.", Err: err}
}
