package namedvalues

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"liveapi.host/sdk"
)

// Bounds of what one account can keep in one module.
const (
	MaxName  = 128       // bytes in a name
	MaxValue = 64 << 10  // bytes in a value, as JSON
	MaxNames = 500       // names
	MaxTotal = 512 << 10 // bytes in all names and values, as JSON
)

// Bounds returns a text with the bounds, for the docs of functions.
func Bounds() string {
	return fmt.Sprintf("A name has at most %d bytes, a value %d as JSON. An account has at most %d names, and %d bytes in total.",
		MaxName, MaxValue, MaxNames, MaxTotal)
}

// Values are the stored values: JSON by name.
type Values map[string]json.RawMessage

// IsName reports whether s can be a name: text on one line without "|", which
// separates names.
func IsName(s string) bool {
	return s != "" && len(s) <= MaxName && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) && !strings.Contains(s, "|")
}

// BadName returns the error for an invalid name. It names the parameter and does not
// quote the name.
func BadName(parameter, wrong string) error {
	return sdk.BadParam(parameter, wrong, fmt.Sprintf("1 to %d bytes of text on one line without “|” are allowed for a name", MaxName))
}

// CheckValue returns an error for a value that is too large. name has passed IsName.
func CheckValue(name string, value json.RawMessage) error {
	if len(value) > MaxValue {
		return sdk.BadParam(name, fmt.Sprintf("has a value of %d bytes as JSON", len(value)),
			fmt.Sprintf("at most %d are allowed", MaxValue))
	}
	return nil
}

// tooMuch ends the error texts about exceeded bounds.
const tooMuch = "Nothing was changed: remove names that are not needed, by setting them to nothing."

// with returns v with the changes made, or an error when that is too much to
// keep. A change to nil removes the name. v itself stays as it is.
func (v Values) with(changes Values) (Values, error) {
	after := make(Values, len(v)+len(changes))
	for name, value := range v {
		after[name] = value
	}
	for name, value := range changes {
		if value == nil {
			delete(after, name)
			continue
		}
		after[name] = value
	}
	if len(after) > MaxNames && len(after) > len(v) {
		return nil, sdk.Errorf(sdk.Full, "The account would keep %d names; at most %d are allowed. "+tooMuch, len(after), MaxNames)
	}
	return after, nil
}
