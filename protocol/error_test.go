package protocol_test

import (
	"errors"
	"testing"

	"liveapi.host/protocol"
)

// In a log, the cause follows the text, whether that is a sentence or not.
func TestErrorWithItsCause(t *testing.T) {
	cause := errors.New("the disk is full")
	for text, want := range map[string]string{
		"Nothing was stored. Try again later.": "Nothing was stored. Try again later: the disk is full",
		"nothing was stored":                   "nothing was stored: the disk is full",
	} {
		if got := (&protocol.Error{Text: text, Err: cause}).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := (&protocol.Error{Text: text}).Error(); got != text {
			t.Errorf("without a cause: got %q, want %q", got, text)
		}
	}
}
