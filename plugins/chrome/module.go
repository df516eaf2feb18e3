package chrome

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"liveapi.host/plugins/internal/locales"
	"liveapi.host/sdk"
)

// New returns the module Chrome. Its Check reports what is wrong with c.
func New(c Config) *sdk.Module {
	m := &module{file: newFile(c.Template)}
	return &sdk.Module{
		Name:    "Chrome",
		Doc:     "The frame around a page's content.",
		Version: "1.0.0",
		Check:   c.check,
		Functions: []sdk.Function{
			sdk.Func("get_dom", `Returns the HTML before and after a page's content.
Print header, then the content, then footer: together they are one document, in the account's language.
It suits phones and desktops, light and dark, and needs neither scripts nor other files.`, m.dom).AllowDemo().PrefetchAccount(),
			sdk.Func("get_domain", "Returns the account's main domain.", domain).AllowDemo().PrefetchAccount(),
		},
	}
}

type module struct{ file *file }

type domIn struct {
	Title  string `json:"page_title" doc:"What the page is called, as text. Without it, the account's main domain."`
	AppKey string `json:"app_key" doc:"Which entry of a menu the page belongs to."`
}

type domOut struct {
	Footer string `json:"footer" doc:"The HTML after the content, up to </html>."`
	Header string `json:"header" doc:"The HTML before the content, from <!DOCTYPE html> on."`
}

func (m *module) dom(ctx context.Context, call *sdk.Call, in domIn) (domOut, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return domOut{}, err
	}
	main, _ := a.MainDomain()
	language := locales.Of(a.Locale)
	p := page{
		AppKey: in.AppKey, Account: call.Account, Domain: cmp.Or(main.Name, call.Account),
		Lang: language.Language, Dir: language.Direction,
		theme: func() (string, error) { return theme(ctx, call) },
	}
	p.Title = cmp.Or(in.Title, p.Domain)
	header, footer, err := m.file.render(p)
	if err != nil {
		call.Log().Error("the template of the pages' frame cannot be used", "template", m.file.String(), "error", err.Error())
		return domOut{}, sdk.Errorf(sdk.Failed,
			"The frame of the page cannot be made, since its template cannot be used. Ask the administrator to look into the log.")
	}
	return domOut{Footer: footer, Header: header}, nil
}

// theme asks the module Themes what the account has chosen.
func theme(ctx context.Context, call *sdk.Call) (string, error) {
	result, err := call.Invoke(ctx, "Themes", "get_theme_base", nil)
	if err != nil {
		return "", err
	}
	if result.Status != 1 {
		return "", fmt.Errorf("the module Themes failed: %q", result.Errors)
	}
	var name string
	if err := json.Unmarshal(result.Data, &name); err != nil {
		return "", fmt.Errorf("the data of Themes::get_theme_base: %w", err)
	}
	return name, nil
}

type domainOut struct {
	Domain string `json:"domain" doc:"The main domain."`
}

func domain(ctx context.Context, call *sdk.Call, _ sdk.None) (domainOut, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return domainOut{}, err
	}
	main, ok := a.MainDomain()
	if !ok {
		return domainOut{}, sdk.Errorf(sdk.NotFound, "The account has no main domain. Ask the administrator to give it one.")
	}
	return domainOut{Domain: main.Name}, nil
}
