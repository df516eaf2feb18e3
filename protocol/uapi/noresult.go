package uapi

import (
	"fmt"

	"liveapi.host/protocol"
)

// NoResult says that a call has no result: why, whether it may have taken effect
// all the same (U §4), and the id under which the log tells more. why is a
// sentence's rest without its full stop, such as "the module process ended
// during the call".
func NoResult(module, function, why string, effect bool, id protocol.CallID) string {
	text := "The call had no effect: try again in a moment"
	if effect {
		text = "The call may have taken effect: check before you repeat it"
	}
	return fmt.Sprintf("%s::%s gave no result: %s. %s (id %v).", module, function, why, text, id)
}
