package redact

import (
	"encoding/json"
	"io"
	"strings"

	"liveapi.host/protocol"
)

const (
	redacted = "[redacted]"
	notShown = "(no JSON, not shown)"
)

// hide hides a value; it shows only whether the value is null.
func hide(value any) any {
	if value == nil {
		return nil
	}
	return redacted
}

// hideIn replaces all values inside value that are secrets by their name or by the
// manifest.
func hideIn(value any, f *protocol.Function) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if secretName.MatchString(name) || declaredSecret(f, name) {
				v[name] = hide(member)
			} else {
				v[name] = hideIn(member, f)
			}
		}
	case []any:
		for i := range v {
			v[i] = hideIn(v[i], f)
		}
	case string:
		if secretText(v) || secretInside(v, f) {
			return redacted
		}
	}
	return value
}

// secretInside reports whether a text is JSON that contains a secret, such as a
// command of Batch.
func secretInside(text string, f *protocol.Function) bool {
	if inner := strings.TrimLeft(text, " \t\r\n"); !strings.HasPrefix(inner, "{") && !strings.HasPrefix(inner, "[") {
		return false
	}
	value, ok := decode(text)
	if !ok {
		return false
	}
	before := encode(value)
	return encode(hideIn(value, f)) != before
}

// decodeObject decodes a text that is exactly one object; nil when it is not.
func decodeObject(text string) map[string]any {
	value, ok := decode(text)
	if object, is := value.(map[string]any); ok && is {
		return object
	}
	return nil
}

// decode decodes a text that is exactly one JSON value.
func decode(text string) (value any, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	_, err := decoder.Token()
	return value, err == io.EOF
}

func encode(value any) string {
	shown, err := json.Marshal(value)
	if err != nil {
		return notShown
	}
	return string(shown)
}
