package uapi

import (
	"fmt"
	"time"

	"liveapi.host/protocol"
)

// Error texts whose wording callers know (U §4).
const (
	// NoReason stands where a function failed and gave no text (U3).
	NoReason = "The function failed and gave no reason."

	// CodeRejected is what a wrong two-factor code gets from UAPI,
	// CodeRejectedWHM what it gets from WHM's functions.
	CodeRejected    = "Failed to set user configuration: " + CodeRejectedWHM
	CodeRejectedWHM = "The security code is invalid."

	// DemoMode refuses a function to a demo account.
	DemoMode = "This feature is not available in demo mode."
)

// UnknownModule says that no module of this name is loaded. Callers decide
// whether to fall back on the word form with @INC. module must be a name by W16,
// or be empty.
func UnknownModule(module string) string {
	return fmt.Sprintf("Failed to load module “%s”: Can't locate Cpanel/API/%s.pm in @INC: this host has no such module. "+
		"Check the spelling, capitals included, or ask the administrator to install it.", module, module)
}

// UnknownFunction says that the module has no such function.
func UnknownFunction(function, module string) string {
	return fmt.Sprintf("The system could not find the function “%s” in the module “%s”.", function, module)
}

// FeatureOff says that the account lacks the feature of this name.
func FeatureOff(feature string) string {
	return fmt.Sprintf("You do not have the feature “%s”.", feature)
}

// MissingArgument says that a required parameter was not given.
func MissingArgument(name string) string {
	return fmt.Sprintf("The parameter “%s” is required.", name)
}

// BadArgument says what is wrong with a parameter, and what is allowed. Neither
// part may hold the value of a secret.
func BadArgument(name, wrong, allowed string) string {
	return fmt.Sprintf("The parameter “%s” %s: %s.", name, wrong, allowed)
}

// Internal stands for every error that is not coded; the full text is in the log
// under the same id.
func Internal(id protocol.CallID) string {
	return fmt.Sprintf("An internal error occurred (id %v).", id)
}

// ModuleDown says that the process of a module ended, or could not be started.
// ran says that the call had reached it.
func ModuleDown(module string, ran bool, id protocol.CallID) string {
	if ran {
		return fmt.Sprintf("The module “%s” stopped while it ran this call. The call may have taken effect: check before you repeat it (id %v).", module, id)
	}
	return fmt.Sprintf("The module “%s” is not running. The call had no effect: try again in a moment (id %v).", module, id)
}

// TooSlow says that no answer came within the deadline.
func TooSlow(module string, after time.Duration, id protocol.CallID) string {
	return fmt.Sprintf("The module “%s” gave no answer within %v. The call may have taken effect: check before you repeat it (id %v).", module, after.Round(time.Millisecond), id)
}

// Overloaded says that a call was refused before it ran, because too many wait.
func Overloaded(module string, id protocol.CallID) string {
	return fmt.Sprintf("The module “%s” has too many calls waiting. The call had no effect: try again in a moment (id %v).", module, id)
}
