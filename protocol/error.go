package protocol

import (
	"errors"
	"fmt"
	"strings"
)

// Code classifies an [Error]. Codes travel between host and module by number.
type Code uint32

const (
	CodeInternal    Code = iota // a fault of the program; its text goes to the log only
	CodeInvalid                 // an argument or the request is wrong; the caller can correct it
	CodeNotFound                // no such module, function or record
	CodeConflict                // the record changed meanwhile; nothing was written
	CodeDenied                  // the caller may not do this
	CodeUnavailable             // not started or overloaded; the call had no effect
	CodeUnknown                 // the call may or may not have taken effect
	CodeFull                    // no space to store; nothing was written
	CodeFailed                  // the function ran and failed; an ordinary failure
)

func (c Code) String() string {
	names := [...]string{"internal", "invalid", "not found", "conflict", "denied", "unavailable", "effect unknown", "full", "failed"}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("code %d", uint32(c))
}

// Error is a coded error: the only kind whose text reaches a caller. Text is
// written for the caller, says what to do, and contains no secret.
type Error struct {
	Code Code
	Text string
	Err  error // the cause, for the log only; may be nil
}

// Errorf returns a coded error. It does not wrap; the cause belongs in [Error.Err].
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Text, ".") + ": " + e.Err.Error() // a text for callers may be a sentence
	}
	return e.Text
}

func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an Error of the same code, so that
// errors.Is(err, ErrConflict) is true for every conflict, also for one that
// another process reported.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Sentinels to match with errors.Is.
var (
	ErrNotFound    error = &Error{Code: CodeNotFound, Text: "not found"}
	ErrConflict    error = &Error{Code: CodeConflict, Text: "the record changed meanwhile"}
	ErrUnknown     error = &Error{Code: CodeUnknown, Text: "whether this took effect is not known"}
	ErrFull        error = &Error{Code: CodeFull, Text: "no space left to store this"}
	ErrUnavailable error = &Error{Code: CodeUnavailable, Text: "not available now"}
)

// ErrNotSent is in the chain of an [ErrUnavailable] when the call has certainly not
// left this process and may be sent again. It is never sent to another process.
var ErrNotSent = errors.New("the call was not sent")

// CodeOf returns the code of the first *[Error] in err's chain, and
// [CodeInternal] when there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
