package protocol

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Module serves calls. Implementations are safe for concurrent use.
type Module interface {
	// Describe returns one manifest for each module that this value serves; a
	// process may serve several. The manifests do not change while it exists.
	Describe(ctx context.Context) ([]Manifest, error)

	// Invoke runs one function. A function that failed is not a failed
	// Invoke: it is a Result whose Status is 0 and whose Errors say why.
	// An error means that there is no result; only a *[Error] in its chain may
	// be shown to a caller. Invoke returns by call.Deadline or when ctx ends,
	// whichever is first.
	Invoke(ctx context.Context, call *Call) (*Result, error)
}

// CallID identifies one call in replies, logs and traces. The high 32 bits are a
// random number of the host process, the low 32 bits count its calls.
type CallID uint64

// String returns the form that callers and logs see, such as "9f3a04c1-2a".
func (id CallID) String() string { return fmt.Sprintf("%08x-%x", uint32(id>>32), uint32(id)) }

// APIVersion is the generation of the API that a call was written for.
type APIVersion uint8

// The generations that callers in the field use (W5). The zero value means UAPI.
const (
	API1 APIVersion = 1
	API2 APIVersion = 2
	UAPI APIVersion = 3

	// WHM1 is WHM API 1, the administrator's (U §7). It has no modules: the
	// function's name alone selects who serves it. A host accepts it from root only.
	WHM1 APIVersion = 4
)

// Call is one request to run a function for an account.
type Call struct {
	ID       CallID
	Account  string // the calling account: from the kernel, never from the caller (W17)
	Origin   string // where the call came from, for the audit log of administrators' calls; "" when not known
	Module   string // matches W16; for WHM1 "" until the host has found which module serves the function
	Function string // matches W16
	API      APIVersion

	// Args is one JSON object, or a JSON array for API 1, already checked by
	// W14; nil, null, {} and [] all mean no arguments (U9). The receiver does
	// not keep or change it after Invoke has returned.
	Args json.RawMessage

	// Deadline is the time after which the caller no longer waits; never zero on
	// a host, at most 50 s ahead.
	Deadline time.Time

	// Host is what the host offers for the duration of this call, bound to
	// this call's account and module.
	Host Services
}

// Services is what a host offers to a module while it serves a call.
type Services interface {
	// Storage is this module's data of the calling account only.
	Storage() Storage

	// Account returns an account's state: the calling account's when name is "".
	// A call of [WHM1] may ask for another account, and gets [ErrNotFound] for one
	// that does not exist; other calls get [CodeDenied]. See [Accounts].
	Account(ctx context.Context, name string) (*Account, error)

	// Whole is all of this module's data, of every account. The key "ann/name"
	// is Ann's record "name". The key "/name" is a record that belongs to no
	// account; every call may read it. Everything else is for calls of [WHM1]; other
	// calls get [CodeDenied].
	Whole() Storage

	// Invoke calls a function of another module, for the same account and
	// within the same deadline. At most [MaxDepth] calls may be nested.
	Invoke(ctx context.Context, module, function string, args json.RawMessage) (*Result, error)
}

// MaxDepth is how many calls may be nested in one another.
const MaxDepth = 8

// Result is UAPI's core result (U1), before it is put in an envelope.
type Result struct {
	Status   int             // 1 or 0; 0 comes with at least one entry in Errors
	Data     json.RawMessage // one JSON value; nil means null
	Errors   []string
	Messages []string
	Warnings []string
	Metadata map[string]json.RawMessage // nil means {}
}

// Failed returns a Result with status 0 and the given error texts (U1).
func Failed(errors ...string) *Result { return &Result{Errors: errors} }
