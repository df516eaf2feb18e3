package redact

import (
	"regexp"
	"slices"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// words are what the name of a secret has in it: the lines of
// protocol/testdata/redaction/words.txt.
const words = `pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])`

var (
	secretName = regexp.MustCompile(`(?i)` + words)

	// besideValue matches texts in which a name may stand beside its value: JSON,
	// pairs, attributes, percent-encoded or not, and otpauth URIs.
	besideValue = regexp.MustCompile(`(?i)[{="]|%(?:3d|7b|22)|otpauth(?::|%3a)`)
)

// secretText reports whether a text may have a secret and its name within.
func secretText(text string) bool {
	return secretName.MatchString(text) && besideValue.MatchString(text)
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
