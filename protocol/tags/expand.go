package tags

import (
	"strings"

	"liveapi.host/protocol"
)

// maxText is how many bytes a text may have after its variables are replaced. A
// short text can use a long value many times.
const maxText = 1 << 20

// Expand returns text with its variables replaced by their values, in one pass:
// values are not expanded again. It is the result of print, cpanelprint and fetch
// (U §9). A text without a dollar sign is unchanged; so is a dollar sign that does
// not begin a variable.
//
// The only error is a [*protocol.Error] of code invalid, for a result of more than
// 1 MiB.
func Expand(text string, vars Variables) (string, error) {
	var out expansion
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 {
			return out.with(text)
		}
		slashes := at - len(strings.TrimRight(text[:at], `\`))
		if err := out.add(text[:at-slashes+slashes/2]); err != nil {
			return "", err
		}
		text = text[at:]
		value, size := "$", 1
		if slashes%2 == 0 {
			if m, n := scanMention(text); n > 0 {
				value, size = m.value(vars), n
			}
		}
		if err := out.add(value); err != nil {
			return "", err
		}
		text = text[size:]
	}
}

// expansion is a text that grows up to maxText.
type expansion struct{ text strings.Builder }

func (e *expansion) add(s string) error {
	if len(s) > maxText-e.text.Len() {
		return protocol.Errorf(protocol.CodeInvalid, "The text is over %d bytes once its variables are replaced: send it "+
			"in parts.", maxText)
	}
	e.text.WriteString(s)
	return nil
}

// with returns the text with last at its end; it does not copy when last is the whole text.
func (e *expansion) with(last string) (string, error) {
	if e.text.Len() == 0 && len(last) <= maxText {
		return last, nil
	}
	if err := e.add(last); err != nil {
		return "", err
	}
	return e.text.String(), nil
}
