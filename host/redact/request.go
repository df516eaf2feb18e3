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

// Request returns a request as it may be shown: the tags of a session stay, and
// other text around JSON does not.
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

// hideInAction shows the members that say what is called, and of the arguments
// only the names unless the function's manifest is known. What has no name, such
// as API 1's list, is never shown.
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

// hideMisspelt hides the arguments of a function with secrets that it does not
// declare: such a value may be a secret whose name was misspelt.
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

// hideEach keeps how many values there are.
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
