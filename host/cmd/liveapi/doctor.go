package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/accounts"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
	"liveapi.host/protocol"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what a host depends on: clock, database, keys, modules, accounts",
		Long: `Checks what a host on this machine depends on, each by using it: the clock's
synchronisation, the database (one small record is written and removed), the keys,
every module's program, the files of accounts, and whether a host runs.

What is wrong is said with what to do. The exit status is then 1.`,
		Example: "  liveapi doctor",
		Args:    cobra.NoArgs,
		RunE:    doctor,
	}
	settings.Flags(cmd.Flags())
	return cmd
}

// checkup is one thing to look at; look says how it is, or what is wrong with it.
type checkup struct {
	name string
	look func(ctx context.Context) (string, error)
}

func doctor(cmd *cobra.Command, _ []string) error {
	a, err := newApp(cmd.Flags(), "off")
	if err != nil {
		return err
	}
	defer a.close()
	out, sick := cmd.OutOrStdout(), false
	for _, c := range []checkup{
		{"clock", func(context.Context) (string, error) { return checkClock() }},
		{"database", a.checkStore},
		{"modules", a.checkModules},
		{"accounts", a.checkAccounts},
		{"running host", a.checkDaemon},
	} {
		ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
		text, err := c.look(ctx)
		cancel()
		verdict := "good "
		if err != nil {
			verdict, text, sick = "WRONG", err.Error(), true
		}
		fmt.Fprintf(out, "%s  %-12s  %s\n", verdict, c.name, strings.ReplaceAll(text, "\n", "\n                     "))
	}
	if sick {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}

// checkStore writes a record that belongs to the host itself, reads it back, which
// takes the keys, and removes it.
func (a *app) checkStore(ctx context.Context) (string, error) {
	data, err := a.openStore(ctx)
	if err != nil {
		return "", err
	}
	if closer, ok := data.(io.Closer); ok {
		defer closer.Close()
	}
	key := "LiveAPI//doctor/" + rand.Text()
	begun := time.Now()
	version, err := data.Swap(ctx, key, 0, []byte("well"))
	took := time.Since(begun)
	if err != nil {
		return "", fmt.Errorf("nothing can be written: %w", err)
	}
	_, reading := data.Get(ctx, key)
	if _, err := data.Swap(context.WithoutCancel(ctx), key, version, nil); err != nil || reading != nil {
		return "", fmt.Errorf("what was written cannot be read or removed: %w", errors.Join(reading, err))
	}
	return fmt.Sprintf("%s: written in %v, read and removed", a.database(), took.Round(10*time.Microsecond)), nil
}

func (a *app) checkModules(ctx context.Context) (string, error) {
	if err := a.embed(); err != nil {
		return "", err
	}
	manifests, err := a.host.Describe(ctx)
	if err != nil {
		return "", fmt.Errorf("a program cannot be used: %w", err)
	}
	var names []string
	for _, m := range manifests {
		names = append(names, m.Module)
	}
	return fmt.Sprintf("%s: %d, %s", a.Modules, len(names), strings.Join(names, " ")), nil
}

func (a *app) checkAccounts(ctx context.Context) (string, error) {
	source := a.accounts()
	names, err := source.Names()
	if err != nil {
		return "", err
	}
	var problems []error
	for _, problem := range source.Check(ctx) {
		if _, odd := errors.AsType[*accounts.Warning](problem); !odd {
			problems = append(problems, problem)
		}
	}
	return fmt.Sprintf("%s: %d with a file", a.Accounts, len(names)), errors.Join(problems...)
}

// checkDaemon asks the running host for its version; that none runs is well.
func (a *app) checkDaemon(context.Context) (string, error) {
	stream, err := a.daemon()
	if err != nil {
		return "", err
	}
	if stream == nil {
		return "none; commands host by themselves", nil
	}
	conn := caller.NewConn(stream)
	defer conn.Close()
	answer, err := conn.Call(caller.Request{Module: "LiveAPI", Function: "version", API: protocol.UAPI})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("answers: %s", answer.Data), answer.Err()
}
