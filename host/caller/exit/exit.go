// Package exit has the exit statuses of the commands (U §5) and the errors that
// carry them. It ends no process itself.
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
	NoAnswer = 3 // no answer could be had
)

// Error carries an exit status. A nil Err says nothing: all has been said.
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

// Unwrap gives what went wrong.
func (e Error) Unwrap() error { return e.Err }

// Misuse makes err wrong usage.
func Misuse(err error) error { return Error{Usage, err} }

// Misusef is Misuse of an error of this text.
func Misusef(format string, values ...any) error { return Misuse(fmt.Errorf(format, values...)) }

// Unanswered is err with the status of no answer, unless it has one already.
func Unanswered(err error) error {
	var exit Error
	if errors.As(err, &exit) {
		return err
	}
	return Error{NoAnswer, err}
}

// Report tells w what went wrong and where help for it is, and returns the exit
// status. ran is the command that err comes from.
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
