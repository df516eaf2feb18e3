// Package exit has the exit statuses of the commands (U §5) and the errors that
// carry them. It does not end a process itself.
package exit

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit statuses (U §5).
const (
	Failed   = 1 // the call, or the command, failed
	Usage    = 2 // wrong usage
	NoAnswer = 3 // there was no response
)

// Error carries an exit status. With a nil Err nothing more is printed.
type Error struct {
	Status int
	Err    error
}

func (e Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Status)
	}
	return e.Err.Error()
}

// Unwrap returns the error itself.
func (e Error) Unwrap() error { return e.Err }

// Misuse returns err with the status of wrong usage.
func Misuse(err error) error { return Error{Usage, err} }

// Misusef is Misuse for a new error with this text.
func Misusef(format string, values ...any) error { return Misuse(fmt.Errorf(format, values...)) }

// Unanswered returns err with the status NoAnswer, unless it has a status already.
func Unanswered(err error) error {
	var exit Error
	if errors.As(err, &exit) {
		return err
	}
	return Error{NoAnswer, err}
}

// Report writes the error and how to get help to w, and returns the exit status. ran
// is the command that err comes from.
func Report(w io.Writer, ran *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	status := Failed
	var exit Error
	if errors.As(err, &exit) {
		status = exit.Status
		if exit.Err == nil {
			return status
		}
	}
	fmt.Fprintf(w, "%s: %s\n", ran.Root().Name(), err)
	if status == Usage {
		fmt.Fprintf(w, "Try: %s --help\n", ran.CommandPath())
	}
	return status
}
