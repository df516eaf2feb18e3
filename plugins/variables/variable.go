package variables

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"liveapi.host/sdk"
)

// variable is one value that a page can ask for.
type variable struct {
	name, doc string
	value     func(context.Context, *facts) (any, error)
}

// facts are the inputs of variables.
type facts struct {
	*sdk.Account
	config *Config
	call   *sdk.Call
}

func known(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func knownID(id int) any {
	if id < 0 {
		return nil
	}
	return id
}

// text adapts a function that cannot fail.
func text(value func(f *facts) any) func(context.Context, *facts) (any, error) {
	return func(_ context.Context, f *facts) (any, error) { return value(f), nil }
}

func userVariables() []variable {
	contact := func(n int) func(context.Context, *facts) (any, error) {
		return text(func(f *facts) any {
			if n < len(f.Contact) {
				return known(f.Contact[n])
			}
			return nil
		})
	}
	return []variable{
		{"contact_email", "the first address for notices", contact(0)},
		{"contact_email_2", "the second address for notices", contact(1)},
		{"demo", "1 for a demo account, otherwise 0", text(func(f *facts) any { return f.Demo })},
		{"domain", "the main domain", text(mainDomain)},
		{"domains", "every other domain of the account: addon, parked and sub", text(otherDomains)},
		{"gid", "the number of the account's group", text(func(f *facts) any { return knownID(f.GID) })},
		{"home", "the home folder", text(func(f *facts) any { return known(f.Home) })},
		{"ip", "the address of the account's sites", text(func(f *facts) any { return known(f.IP) })},
		{"locale", "the locale, such as `en`", text(localeOf)},
		{"owner", "the reseller whose account it is", text(func(f *facts) any { return known(f.Owner) })},
		{"plan", "the package that the account was sold", text(func(f *facts) any { return known(f.Plan) })},
		{"reseller", "1 for a reseller, otherwise 0", text(func(f *facts) any { return f.Reseller })},
		{"shell", "the login shell", text(func(f *facts) any { return known(f.Shell) })},
		{"theme", "the theme, as `Themes::get_theme_base` says", themeOf},
		{"uid", "the account's number", text(func(f *facts) any { return knownID(f.UID) })},
		{"user", "the account's name", text(userOf)},
	}
}

func sessionVariables() []variable {
	return []variable{
		{"host", "the server's name", text(hostOf)},
		{"locale", "the locale, such as `en`", text(localeOf)},
		{"theme", "the theme, as `Themes::get_theme_base` says", themeOf},
		{"user", "the account's name", text(userOf)},
	}
}

func serverVariables() []variable {
	return []variable{
		{"architecture", "the kind of processor, such as `amd64`", text(func(f *facts) any { return f.config.Architecture })},
		{"hostname", "the server's name", text(hostOf)},
		{"operating_system", "such as `linux`", text(func(f *facts) any { return f.config.OperatingSystem })},
		{"processors", "how many there are", text(func(f *facts) any { return f.config.Processors })},
		{"time", "the server's time, in seconds since 1970 (UTC)", text(func(f *facts) any { return f.call.Now().Unix() })},
	}
}

func userOf(f *facts) any   { return f.call.Account } // by the kernel's word
func hostOf(f *facts) any   { return f.config.Hostname }
func localeOf(f *facts) any { return cmp.Or(f.Locale, "en") } // as the module Locale says

func mainDomain(f *facts) any {
	d, _ := f.MainDomain()
	return known(d.Name)
}

// otherDomains returns the names of every domain except the main one, never nil.
func otherDomains(f *facts) any {
	names := []string{}
	for _, d := range f.Domains {
		if d.Kind != sdk.MainDomain {
			names = append(names, d.Name)
		}
	}
	return names
}

// themeOf asks the module Themes: only that module can read the account's choice.
func themeOf(ctx context.Context, f *facts) (any, error) {
	result, err := f.call.Invoke(ctx, "Themes", "get_theme_base", nil)
	if err != nil {
		return nil, err
	}
	if result.Status != 1 {
		f.call.Warn("The theme cannot be told now: %s", strings.Join(result.Errors, " "))
		return nil, nil
	}
	var theme string
	if err := json.Unmarshal(result.Data, &theme); err != nil {
		return nil, fmt.Errorf("the data of Themes::get_theme_base: %w", err)
	}
	return known(theme), nil
}
