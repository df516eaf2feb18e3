package host

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol/liveapi"
)

// Trace shows the frames of sessions in the log (LIVEAPI_TRACE=wire). Whatever
// may be a secret is replaced; a frame that is no JSON is shown by its length
// only. A nil Trace shows nothing.
type Trace struct{ log hclog.Logger }

// NewTrace returns a Trace that writes to log.
func NewTrace(log hclog.Logger) *Trace { return &Trace{log: log.Named("wire")} }

const redacted = "[redacted]"

// secretName matches the names of members whose values are not shown, and texts
// that may hold such a member within.
var secretName = regexp.MustCompile(`(?i)pass|pwd|secret|token|otp|auth|key|code|cookie|sess|credential|private|\bpin\b`)

func (t *Trace) request(account string, payload []byte) {
	if t != nil {
		t.log.Info("request", "account", account, "bytes", len(payload), "frame", redactFrame(payload))
	}
}

func (t *Trace) reply(account string, body []byte) {
	if t != nil {
		t.log.Info("reply", "account", account, "bytes", len(body), "frame", redactFrame(body))
	}
}

// redactFrame returns a frame as it may be shown: the tags around JSON stay.
func redactFrame(frame []byte) string {
	text := string(frame)
	start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if start < 0 || end < start {
		if known := strings.TrimSpace(text); known == liveapi.EnableTag || known == liveapi.ShutdownTag {
			return known
		}
		return "(no JSON, not shown)"
	}
	decoder := json.NewDecoder(strings.NewReader(text[start : end+1]))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "(no JSON, not shown)"
	}
	shown, err := json.Marshal(redact(value))
	if err != nil {
		return "(not shown)"
	}
	return strings.TrimSpace(text[:start]) + string(shown) + strings.TrimSpace(text[end+1:])
}

func redact(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if member != nil && secretName.MatchString(name) {
				v[name] = redacted
			} else {
				v[name] = redact(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = redact(v[i])
		}
	case string:
		if secretName.MatchString(v) && strings.ContainsAny(v, `{="`) {
			return redacted
		}
	}
	return value
}
