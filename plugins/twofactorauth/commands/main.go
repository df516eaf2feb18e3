// Command commands is the program of the commands that the second factor adds to
// liveapi. `liveapi import` takes over secrets of authenticators from other systems,
// and `liveapi export` gives one to another system. liveapi starts it under the
// command's name, with a session in its environment. It is not a module: it is a caller
// of the module TwoFactorAuth, and has no access to the records themselves.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"liveapi.host/sdk/caller"
)

// Exit statuses, those of liveapi's own commands (U §5).
const (
	failed   = 1
	usage    = 2
	noAnswer = 3
)

// misuse is the error of wrong usage.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// unanswered is the error of a call without a response.
type unanswered struct{ error }

func (u unanswered) Unwrap() error { return u.error }

// errRefused ends a command that has already printed why.
var errRefused = errors.New("refused")

func main() {
	root := &cobra.Command{
		Use:               "liveapi",
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	for _, cmd := range []*cobra.Command{importCommand(), exportCommand()} {
		cmd.Args, cmd.RunE = cobra.ArbitraryArgs, group
		root.AddCommand(cmd)
	}
	args := os.Args[1:]
	if len(args) == 0 || args[0] != cobra.ShellCompRequestCmd { // completion names the command itself
		args = append([]string{filepath.Base(os.Args[0])}, args...)
	}
	root.SetArgs(args)
	ran, err := root.ExecuteC()
	os.Exit(report(ran, err))
}

// group runs a command that only has subcommands.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return misuse{fmt.Errorf("there is no command %q; %s --help lists them", args[0], cmd.CommandPath())}
}

// report prints the error and how to get help, and returns the exit status.
func report(ran *cobra.Command, err error) int {
	_, wrong := errors.AsType[misuse](err)
	_, silent := errors.AsType[unanswered](err)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errRefused):
		return failed
	}
	fmt.Fprintf(os.Stderr, "liveapi: %v\n", err)
	switch {
	case wrong:
		fmt.Fprintf(os.Stderr, "Try: %s --help\n", ran.CommandPath())
		return usage
	case silent:
		return noAnswer
	}
	return failed
}

// session calls do with the session that liveapi has opened.
func session(do func(*caller.Session) error) error {
	host, err := caller.Dial(os.Getenv)
	if err != nil {
		return unanswered{err}
	}
	defer host.Close()
	return do(host)
}

// ask makes a call; an error means that there was no response.
func ask(host *caller.Session, request caller.Request) (*caller.Answer, error) {
	answer, err := host.Call(request)
	if err != nil {
		return nil, unanswered{err}
	}
	return answer, nil
}

// quoted returns a text as it is, or as a Go string when it would not read as one word.
func quoted(text string) string {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
