package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/sys/identity"
)

// run makes the call that the arguments name, or lists the modules or functions.
func (p Program) run(cmd *cobra.Command, args []string) error {
	choices, err := chosen(cmd)
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "help" { // never the name of a module
		return p.help(cmd, args[1:])
	}
	call, rest := p.target(args)
	if call.Function == "" && len(args) < 2 {
		if choices.stdin {
			return exit.Misusef("name what to call, such as: %s --input=json %s", p.Name, p.sample())
		}
		return p.list(cmd, args)
	}
	account, err := p.accountFor(cmd)
	if err != nil {
		return err
	}
	if call.Function == "" || !named(call) {
		return p.refuse(cmd, call)
	}
	if call.Args, err = arguments(rest, choices.stdin); err != nil {
		return exit.Misuse(err)
	}
	return p.withHost(cmd, account, func(conn *caller.Conn) error {
		if choices.stdin { // only after Reach, which may replace this process by a program that reads it itself
			if call.Args, err = readObject(cmd.InOrStdin()); err != nil {
				return exit.Misuse(err)
			}
		}
		return p.call(cmd, conn, call, choices)
	})
}

// call makes the call and prints its result.
func (p Program) call(cmd *cobra.Command, conn *caller.Conn, call caller.Request, choices choices) error {
	answer, err := conn.Call(call)
	if err != nil {
		return err
	}
	text, err := choices.format(json.RawMessage(answer.JSON), choices.paint)
	if err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return err
	}
	if answer.OK {
		return nil
	}
	if unknown(answer, call) {
		p.suggest(cmd, conn, call)
	}
	return exit.Error{Status: exit.Failed}
}

// withHost calls do with a session of a host. Without a host the exit status is
// [exit.NoAnswer].
func (p Program) withHost(cmd *cobra.Command, account string, do func(*caller.Conn) error) error {
	host, err := p.Reach(cmd.Flags())
	if err != nil {
		return exit.Unanswered(err)
	}
	defer host.Close()
	ctx, end := context.WithCancel(cmd.Context())
	defer end()
	stream, err := host.Open(ctx, account)
	if err != nil {
		return exit.Unanswered(err)
	}
	defer context.AfterFunc(ctx, func() { stream.Close() })() // a signal ends the wait for a response
	conn := caller.NewConn(stream)
	defer conn.Close()
	if err := do(conn); err != nil {
		return exit.Unanswered(err)
	}
	return nil
}

// accountFor returns the account of --user, which only root may use (W17); "" is this
// user's own.
func (p Program) accountFor(cmd *cobra.Command) (string, error) {
	name, _ := cmd.Flags().GetString("user")
	if name != "" && p.flat() {
		return "", exit.Misusef("--user is not for %s, whose functions are for the whole machine: give the account as the function's own "+
			"argument", p.Name)
	}
	if name == "" || name == identity.Own() {
		return "", nil
	}
	if os.Geteuid() != 0 {
		return "", exit.Misusef("--user is for root; without it the call is for %s", identity.Own())
	}
	if _, err := user.Lookup(name); err != nil {
		return "", exit.Misuse(fmt.Errorf("--user: %w", err))
	}
	return name, nil
}
