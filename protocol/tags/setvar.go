package tags

import (
	"strings"

	"liveapi.host/protocol"
)

// maxValue is how many bytes setvar may give a variable.
const maxValue = 4 << 10

// ParseSetvar splits the text of <cpanel setvar="name=value"> (W5) at the first =.
// The name is a letter, then up to 63 letters, digits and underscores; nothing is
// trimmed. The value is any text of at most 4 KiB, also the empty text; variables in
// it are not replaced.
//
// The host decides whether a caller may set a variable of this name. An error is a
// [*protocol.Error] of code invalid; it quotes nothing, because either part may be a
// secret.
func ParseSetvar(text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	const form = "setvar must have the form name=value: "
	switch {
	case !ok:
		return "", "", protocol.Errorf(protocol.CodeInvalid, form+"there is no =.")
	case !protocol.ValidFunction(name): // the same rule as for functions, W16
		return "", "", protocol.Errorf(protocol.CodeInvalid,
			form+"the name must be a letter, then up to 63 letters, digits and underscores, without blanks.")
	case len(value) > maxValue:
		return "", "", protocol.Errorf(protocol.CodeInvalid, form+"the value has %d bytes, %d are allowed.", len(value), maxValue)
	}
	return name, value, nil
}
