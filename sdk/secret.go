package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret holds a text that must not be seen: a password, a code, a key. It
// prints [redacted] under every verb of fmt, in JSON, in text encodings and in
// logs, also when it lies inside another value. [Secret.Reveal] is the only way
// to the text.
//
// A parameter of this type is marked as secret in the manifest, and no error
// of this package quotes it. A function that means to return a secret puts the
// revealed text into a member of type string that is tagged secret:"true";
// [Module.Validate] refuses a Secret in a result, because only [redacted]
// would arrive.
//
// The zero value holds the empty text. Do not compare two Secrets with ==;
// compare what they reveal, in constant time where a guess could be tried.
type Secret struct {
	// A pointer, because fmt prints an unexported member of somebody's struct
	// without asking its methods: it then shows an address.
	text *string

	number bool
}

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text. Keep it out of logs and errors.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// IsNumber reports whether the caller sent a JSON number. Its text is then the
// number's own, which has lost the zeros that led it.
func (s Secret) IsNumber() bool { return s.number }

// Format writes [redacted] whatever the verb is.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String returns [redacted].
func (s Secret) String() string { return redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return redacted }

// LogValue returns [redacted], for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns [redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// UnmarshalJSON takes a JSON string or the literal text of a number, so that a
// nested parameter can hold a Secret.
func (s *Secret) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] == '{' || b[0] == '[' {
		return errors.New("a secret is a text")
	}
	if b[0] != '"' {
		*s = Secret{}
		if string(b) != "null" {
			*s = NewSecret(string(b))
			s.number = isNumber(b)
		}
		return nil
	}
	var text string
	if json.Unmarshal(b, &text) != nil {
		return errors.New("a secret is a text") // the decoder's own error could quote it
	}
	*s = NewSecret(text)
	return nil
}
