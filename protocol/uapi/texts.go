package uapi

import (
	"fmt"
	"math"
	"time"

	"liveapi.host/protocol"
)

// Error texts whose wording callers know (U §4).
const (
	// NoReason is the text when a function failed and returned no text (U3).
	NoReason = "The function failed and gave no reason."

	// RootOnly refuses a function of WHM API 1 to everyone except root.
	RootOnly = "This function is for the administrator (root) only."

	// DemoMode refuses a function to a demo account.
	DemoMode = "This feature is not available in demo mode."
)

// UnknownModule says that no module of this name is loaded. Callers match its words
// "Can't locate … in @INC" to decide whether to fall back. module must be a name by
// W16, or be empty.
func UnknownModule(module string) string {
	return fmt.Sprintf("Failed to load module “%s”: Can't locate Cpanel/API/%s.pm in @INC: this host has no such module. "+
		"Check the spelling, capitals included, or ask the administrator to install it.", module, module)
}

// UnknownFunction says that the module has no such function.
func UnknownFunction(function, module string) string {
	return fmt.Sprintf("The system could not find the function “%s” in the module “%s”.", function, module)
}

// UnknownCommand says that no module serves a function of WHM API 1.
func UnknownCommand(function string) string {
	return fmt.Sprintf("No module of this host has the function “%s” of WHM API 1. Check the spelling, or ask for the list with "+
		"whmapi1.", function)
}

// FeatureOff says that the account lacks the feature of this name.
func FeatureOff(feature string) string {
	return fmt.Sprintf("You do not have the feature “%s”.", feature)
}

// MissingArgument says that a required parameter is missing.
func MissingArgument(name string) string {
	return fmt.Sprintf("The parameter “%s” is required.", name)
}

// BadArgument says what is wrong with a parameter, and what is allowed. Neither
// part may contain the value of a secret.
func BadArgument(name, wrong, allowed string) string {
	return fmt.Sprintf("The parameter “%s” %s: %s.", name, wrong, allowed)
}

// Internal is the text for every error without a code; the full text is in the log
// under the same id.
func Internal(id protocol.CallID) string {
	return fmt.Sprintf("An internal error occurred (id %v).", id)
}

// TooLarge is the text for a result that does not fit into a reply (W15).
func TooLarge(id protocol.CallID) string {
	return fmt.Sprintf("The result is larger than a reply may be (W15); ask for less, such as one page of it. The call was "+
		"carried out (id %v).", id)
}

// NoResult says that a call has no result: why, whether it may still have taken
// effect, and the id under which the log has more. why is a sentence without its full
// stop, such as "the module process ended during the call".
func NoResult(module, function, why string, effect bool, id protocol.CallID) string {
	advice := "The call had no effect: try again in a moment"
	if effect {
		advice = "The call may have taken effect: check before you repeat it"
	}
	return noResult(module, function, why, advice, id)
}

// NotYet is NoResult for a call without effect, when no call can succeed before wait.
func NotYet(module, function, why string, wait time.Duration, id protocol.CallID) string {
	advice := fmt.Sprintf("The call had no effect: try again in %d s", int64(math.Ceil(wait.Seconds())))
	return noResult(module, function, why, advice, id)
}

func noResult(module, function, why, advice string, id protocol.CallID) string {
	return fmt.Sprintf("%s::%s gave no result: %s. %s (id %v).", module, function, why, advice, id)
}
