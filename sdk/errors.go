package sdk

import "liveapi.host/protocol"

// Names of package protocol that an author needs; they are the same types.
type (
	// Error is a coded error: the only kind whose text reaches a caller. Its
	// member Err is for the log.
	Error = protocol.Error
	// Code classifies an Error.
	Code = protocol.Code
	// CallID identifies one call in replies and logs.
	CallID = protocol.CallID
	// Result is the outcome of [Call.Invoke].
	Result = protocol.Result
	// Account is what the host knows about an account; see [Call.AccountInfo].
	Account = protocol.Account
	// Domain is one domain of an account.
	Domain = protocol.Domain
	// DomainKind says how a domain belongs to its account.
	DomainKind = protocol.DomainKind
	// Features says which features an account has.
	Features = protocol.Features
	// Storage stores small records; see [Call.Storage].
	Storage = protocol.Storage
	// Record is one stored value.
	Record = protocol.Record
	// Version identifies one state of one record; 0 means that there is no record.
	Version = protocol.Version
)

// Codes of an [Error].
const (
	Internal    = protocol.CodeInternal    // a fault of the program; its text goes to the log only
	Invalid     = protocol.CodeInvalid     // an argument is wrong; the caller can correct it
	NotFound    = protocol.CodeNotFound    // no such thing
	Conflict    = protocol.CodeConflict    // the record changed meanwhile; nothing was written
	Denied      = protocol.CodeDenied      // the caller may not do this
	Unavailable = protocol.CodeUnavailable // not now; the call had no effect
	Unknown     = protocol.CodeUnknown     // the call may or may not have taken effect
	Full        = protocol.CodeFull        // no space to store; nothing was written
	Failed      = protocol.CodeFailed      // the function ran and failed; an ordinary failure
)

// The kinds of domains of an account.
const (
	MainDomain   = protocol.MainDomain
	SubDomain    = protocol.SubDomain
	AddonDomain  = protocol.AddonDomain
	ParkedDomain = protocol.ParkedDomain
)

// Sentinels to match with errors.Is; see [Storage].
var (
	ErrNotFound    = protocol.ErrNotFound
	ErrConflict    = protocol.ErrConflict
	ErrUnknown     = protocol.ErrUnknown
	ErrFull        = protocol.ErrFull
	ErrUnavailable = protocol.ErrUnavailable
)

// Errorf returns a coded error. Its text reaches the caller, so it must say what to do
// and contain no secret. Errorf does not wrap; set Err to have a cause in the log.
func Errorf(code Code, format string, args ...any) *Error {
	return protocol.Errorf(code, format, args...)
}
