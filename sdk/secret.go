package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret contains a confidential text: a password, a code, a key. It prints
// [redacted] with every verb of fmt, in JSON, in text encodings and in logs, also
// inside another value. Only [Secret.Reveal] returns the text.
//
// A parameter of this type is marked as secret in the manifest, and no error
// of this package quotes it. A function that must return a secret puts the
// revealed text into a member of type string with the tag secret:"true";
// [Module.Validate] refuses a Secret in a result, because only [redacted]
// would arrive.
//
// The zero value contains the empty text. Do not compare two Secrets with ==;
// compare the revealed texts, in constant time if somebody could try guesses.
type Secret struct {
	// A pointer, because fmt does not call the methods of an unexported member of
	// another struct: of a pointer it prints the address only.
	text *string

	number bool
}

// NewSecret returns a Secret that contains text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text. Do not put it into logs and errors.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// IsNumber reports whether the caller sent a JSON number. The text is then the
// number's literal text, without its leading zeros.
func (s Secret) IsNumber() bool { return s.number }

// Format writes [redacted] for every verb.
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
// nested parameter can contain a Secret.
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
