package redact

import (
	"slices"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

const (
	actionOpen  = "<cpanelaction>"
	actionClose = "</cpanelaction>"
)

// Request returns a request without secrets. It shows the tags that switch to JSON
// and end the session, and the JSON of an action; it shows no other text.
func Request(payload []byte, f *protocol.Function) string {
	text := strings.TrimSpace(string(payload))
	if text == liveapi.EnableTag || text == liveapi.ShutdownTag {
		return text
	}
	inner, begins := strings.CutPrefix(text, actionOpen)
	inner, ends := strings.CutSuffix(inner, actionClose)
	action := decodeObject(inner)
	if !begins || !ends || action == nil {
		return notShown
	}
	hideInAction(action, f)
	return actionOpen + encode(action) + actionClose
}

// hideInAction shows the module, function and API. Of the arguments it shows only
// the names, unless the function's manifest is known. Values without a name, as in
// API 1's list, are never shown.
func hideInAction(action map[string]any, f *protocol.Function) {
	for name, member := range action {
		switch name {
		case "module", "func", "reqtype", "apiversion":
			action[name] = hideIn(member, nil)
		case "args":
			if named, ok := member.(map[string]any); !ok {
				action[name] = hideEach(member)
			} else if f != nil {
				hideMisspelt(named, f)
				hideIn(named, f)
			} else {
				for argument := range named {
					named[argument] = redacted
				}
			}
		default:
			action[name] = hide(member)
		}
	}
}

// hideMisspelt hides undeclared arguments of a function that has secrets: such a
// value may be a secret whose name was misspelt.
func hideMisspelt(args map[string]any, f *protocol.Function) {
	if !slices.ContainsFunc(f.Params, func(p protocol.Field) bool { return bool(p.Secret) }) {
		return
	}
	for name := range args {
		if uapi.Param(f, name) == nil && !strings.HasPrefix(name, "api.") {
			args[name] = redacted
		}
	}
}

// hideEach hides the values of a list, but not their number.
func hideEach(member any) any {
	list, ok := member.([]any)
	if !ok {
		return hide(member)
	}
	for i := range list {
		list[i] = redacted
	}
	return list
}
