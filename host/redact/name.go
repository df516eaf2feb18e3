package redact

import (
	"regexp"
	"slices"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// words are the words that the name of a secret contains: the lines of
// protocol/testdata/redaction/words.txt.
const words = `pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])`

var (
	secretName = regexp.MustCompile(`(?i)` + words)

	// besideValue matches texts that may contain a name with its value: JSON, pairs
	// and attributes, percent-encoded or not, and otpauth URIs.
	besideValue = regexp.MustCompile(`(?i)[{="]|%(?:3d|7b|22)|otpauth(?::|%3a)`)
)

// secretText reports whether a text may contain a secret with its name.
func secretText(text string) bool {
	return secretName.MatchString(text) && besideValue.MatchString(text)
}

// declaredSecret reports whether a function's manifest has a secret parameter or
// member of this name, also with the number of a repeated one (U8).
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
