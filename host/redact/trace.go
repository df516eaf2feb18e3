package redact

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Trace shows the frames of sessions in the log (LIVEAPI_TRACE=wire).
type Trace struct{ log hclog.Logger }

// NewTrace returns a Trace that writes to log.
func NewTrace(log hclog.Logger) *Trace { return &Trace{log: log.Named("wire")} }

const redacted = "[redacted]"

// secretName matches the names of members whose values are not shown, and texts
// that may hold such a member within. It is protocol/testdata/redaction/words.txt's.
var secretName = regexp.MustCompile(`(?i)pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])`)

// Request shows what a caller has sent. f is the function that it calls, as its
// manifest has it; nil when there is none, and then no argument is shown.
func (t *Trace) Request(account string, payload []byte, f *protocol.Function) {
	t.log.Info("request", "account", account, "bytes", len(payload), "frame", Request(payload, f))
}

// Reply shows what a caller is sent.
func (t *Trace) Reply(account string, body []byte, f *protocol.Function) {
	t.log.Info("reply", "account", account, "bytes", len(body), "frame", Reply(body, f))
}

const notShown = "(no JSON, not shown)"

// Request returns a request as it may be shown: the tags stay, and other
// text around JSON does not.
func Request(payload []byte, f *protocol.Function) string {
	text := strings.TrimSpace(string(payload))
	if text == liveapi.EnableTag || text == liveapi.ShutdownTag {
		return text
	}
	inner, begins := strings.CutPrefix(text, actionOpen)
	inner, ends := strings.CutSuffix(inner, actionClose)
	action := decode(inner)
	if !begins || !ends || action == nil {
		return notShown
	}
	redactAction(action, f)
	return actionOpen + encode(action) + actionClose
}

const (
	actionOpen  = "<cpanelaction>"
	actionClose = "</cpanelaction>"
)

// Reply returns the JSON of a reply as it may be shown.
func Reply(body []byte, f *protocol.Function) string {
	object := decode(string(body))
	if object == nil {
		return notShown
	}
	redact(object, f)
	return encode(object)
}

// decode reads one object and nothing else; nil when that is not what text is.
func decode(text string) (object map[string]any) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return nil
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil
	}
	return object
}

func encode(object map[string]any) string {
	shown, err := json.Marshal(object)
	if err != nil {
		return notShown
	}
	return string(shown)
}

// redactAction shows the members that say what is called, and of the arguments
// only the names unless the function's manifest is known. What has no name,
// API 1's list, is never shown.
func redactAction(action map[string]any, f *protocol.Function) {
	for name, member := range action {
		switch name {
		case "module", "func", "reqtype", "apiversion":
			continue
		case "args":
			if named, ok := member.(map[string]any); !ok {
				action[name] = hide(member)
			} else if f != nil {
				hideMisspelt(named, f)
				redact(named, f)
			} else {
				for argument := range named {
					named[argument] = redacted
				}
			}
		default:
			action[name] = redacted
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

// hide keeps how many values there are.
func hide(member any) any {
	switch v := member.(type) {
	case nil:
	case []any:
		for i := range v {
			v[i] = redacted
		}
	default:
		return redacted
	}
	return member
}

// redact replaces what may be a secret by its name, or is one by the manifest.
func redact(value any, f *protocol.Function) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if member != nil && (secretName.MatchString(name) || declaredSecret(f, name)) {
				v[name] = redacted
			} else {
				v[name] = redact(member, f)
			}
		}
	case []any:
		for i := range v {
			v[i] = redact(v[i], f)
		}
	case string:
		if secretName.MatchString(v) && strings.ContainsAny(v, `{="`) {
			return redacted
		}
	}
	return value
}

// declaredSecret reports whether a function has a secret parameter or member of
// this name, or a repeated one (U8).
func declaredSecret(f *protocol.Function, name string) bool {
	if f == nil {
		return false
	}
	base, _, _ := uapi.SplitSuffix(name)
	secret := func(field protocol.Field) bool {
		return bool(field.Secret) && (field.Name == name || field.Name == base)
	}
	return slices.ContainsFunc(f.Params, secret) || f.Returns.IsSecret(name) || f.Returns.IsSecret(base)
}
