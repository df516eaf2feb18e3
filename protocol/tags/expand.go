package tags

import (
	"strings"

	"liveapi.host/protocol"
)

// maxText is how many bytes a text may have once its variables are replaced. A
// short text can mention a long value often.
const maxText = 1 << 20

// Expand returns text with its variables replaced by their values, in one pass:
// what a value holds is not read again. It is the answer of print, cpanelprint
// and fetch (U §9). A text without a dollar sign is itself, and so is a dollar
// sign that begins no variable.
//
// The only error is a [*protocol.Error] of code invalid, for a result over 1 MiB.
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
		return protocol.Errorf(protocol.CodeInvalid, "The text is over %d bytes once its variables are replaced: send it in parts.", maxText)
	}
	e.text.WriteString(s)
	return nil
}

// with ends the text with last, and does not copy what has come in one piece.
func (e *expansion) with(last string) (string, error) {
	if e.text.Len() == 0 && len(last) <= maxText {
		return last, nil
	}
	if err := e.add(last); err != nil {
		return "", err
	}
	return e.text.String(), nil
}
