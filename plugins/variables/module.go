package variables

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"liveapi.host/sdk"
)

// New returns the module Variables. Its Check reports what is wrong with c.
func New(c Config) *sdk.Module {
	c.complete()
	user, session, server := userVariables(), sessionVariables(), serverVariables()
	return &sdk.Module{
		Name:    "Variables",
		Doc:     "Values about the account, its session and the server, by name.",
		Version: "1.0.0",
		Check:   c.check,
		Functions: []sdk.Function{
			sdk.Func("get_user_information", describe("Returns values about the account.", user),
				c.variables(user)).AllowDemo().PrefetchAccount(),
			sdk.Func("get_session_information", describe("Returns values about the session of the caller.", session),
				c.variables(session)).AllowDemo().PrefetchAccount(),
			sdk.Func("get_server_information", describe("Returns values about the server.", server),
				c.variables(server)).AllowDemo().PrefetchAccount(),
		},
	}
}

// describe returns a function's doc with the list of its variables.
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

// variables returns the function that returns values from a list of variables.
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

// isPlain reports whether s is 1 to most bytes of text on one line, so that it
// can stand in an error text.
func isPlain(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
