package account

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"liveapi.host/plugins/account/locale"
	"liveapi.host/sdk"
)

// variable is one value that a page can ask for.
type variable struct {
	name, doc string
	value     func(context.Context, *facts) (any, error)
}

// facts are what variables are made of.
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

// text makes a variable's value of a function that cannot fail.
func text(value func(f *facts) any) func(context.Context, *facts) (any, error) {
	return func(_ context.Context, f *facts) (any, error) { return value(f), nil }
}

func variablesModule(c Config) *sdk.Module {
	user, session, server := userVariables(), sessionVariables(), serverVariables()
	return &sdk.Module{
		Name:    "Variables",
		Doc:     "What is known of the account, its session and the server, by name.",
		Version: version,
		Functions: []sdk.Function{
			sdk.Func("get_user_information", describe("Tells what is known of the account.", user), c.variables(user)).AllowDemo(),
			sdk.Func("get_session_information", describe("Tells what is known of the session that calls.", session), c.variables(session)).AllowDemo(),
			sdk.Func("get_server_information", describe("Tells what is known of the server.", server), c.variables(server)).AllowDemo(),
		},
	}
}

// describe makes a function's doc of the variables that it has.
func describe(summary string, list []variable) string {
	var b strings.Builder
	b.WriteString(summary + "\nWhat is not known is null. A name that is not in this list is null too, with a warning.\n")
	for _, v := range list {
		fmt.Fprintf(&b, "\n* `%s`: %s", v.name, v.doc)
	}
	return b.String()
}

type variablesIn struct {
	Names []string `json:"name" doc:"A variable's name; repeat it for several. Without it all are returned."`
}

const maxNames = 256 // in one call

// variables returns the function that answers from a list of variables.
func (c Config) variables(list []variable) func(context.Context, *sdk.Call, variablesIn) (map[string]any, error) {
	byName := make(map[string]variable, len(list))
	var all []string
	for _, v := range list {
		byName[v.name] = v
		all = append(all, v.name)
	}
	return func(ctx context.Context, call *sdk.Call, in variablesIn) (map[string]any, error) {
		names := in.Names
		if len(names) == 0 {
			names = all
		}
		if err := checkNames(names); err != nil {
			return nil, err
		}
		account, err := call.AccountInfo(ctx)
		if err != nil {
			return nil, err
		}
		f := &facts{Account: account, config: &c, call: call}
		data := make(map[string]any, len(names))
		for _, name := range names {
			if _, twice := data[name]; twice {
				continue
			}
			v, ok := byName[name]
			if !ok {
				data[name] = nil
				call.Warn("The variable “%s” is not known here. These are: %s.", name, strings.Join(all, ", "))
				continue
			}
			if data[name], err = v.value(ctx, f); err != nil {
				return nil, err
			}
		}
		return data, nil
	}
}

func checkNames(names []string) error {
	if len(names) > maxNames {
		return sdk.BadParam("name", fmt.Sprintf("comes %d times", len(names)), fmt.Sprintf("at most %d are allowed", maxNames))
	}
	for i, name := range names {
		if !isPlain(name, 64) {
			return sdk.BadParam("name", fmt.Sprintf("(entry %d) is not a name", i+1), "1 to 64 bytes of text on one line are allowed")
		}
	}
	return nil
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
		{"domain", "the main domain", text(func(f *facts) any { return known(mainDomain(f.Account)) })},
		{"domains", "every other domain of the account: addon, parked and sub", text(func(f *facts) any { return otherDomains(f.Account) })},
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
func localeOf(f *facts) any { return locale.Of(f.Locale).ID }

// themeOf asks the module Themes, which alone can read what the account chose.
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
