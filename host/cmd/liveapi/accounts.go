package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/accounts"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/texts"
	"liveapi.host/protocol"
)

func accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List the accounts that have a file, and what is wrong with the files",
		Long: `Lists the accounts that have a file in the folder of accounts, with their main
domain and what sets them apart, and then everything that is wrong with the files
of accounts and of texts: by file, line and key, with what is allowed.

An account whose file is not right may only call what is open to every account.
The exit status is 1 when something is wrong; a warning alone is not.`,
		Example: "  liveapi accounts\n  LIVEAPI_ACCOUNTS=./accounts liveapi accounts",
		Args:    cobra.NoArgs,
		RunE:    listAccounts,
	}
	settings.Flags(cmd.Flags())
	return cmd
}

func listAccounts(cmd *cobra.Command, _ []string) error {
	a, err := newApp(cmd.Flags(), "off")
	if err != nil {
		return err
	}
	source := a.accounts()
	names, err := source.Names()
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %d with a file\n", a.Accounts, len(names))
	for _, name := range names {
		if account, err := source.Account(cmd.Context(), name); err == nil {
			fmt.Fprintf(out, "  %-16s %s\n", name, summary(account))
		}
	}
	wrong := false
	for _, problem := range append(source.Check(cmd.Context()), texts.New(a.Texts, time.Now, nil).Check()...) {
		fmt.Fprintln(cmd.ErrOrStderr(), problem)
		_, odd := errors.AsType[*accounts.Warning](problem)
		wrong = wrong || !odd
	}
	if wrong {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}

func (a *app) accounts() *accounts.Source {
	return accounts.New(a.Accounts, accounts.NewPasswd("/etc/passwd", time.Now), time.Now)
}

// summary is an account in a line.
func summary(a *protocol.Account) string {
	parts := []string{"no domain"}
	if domain, ok := a.MainDomain(); ok {
		parts[0] = domain.Name
		if more := len(a.Domains) - 1; more > 0 {
			parts[0] += fmt.Sprintf(" and %d more", more)
		}
	}
	if a.Demo {
		parts = append(parts, "demo")
	}
	if a.Reseller {
		parts = append(parts, "reseller")
	}
	switch {
	case a.Features.Only != nil:
		parts = append(parts, "only the features "+strings.Join(a.Features.Only, " "))
	case a.Features.Except != nil:
		parts = append(parts, "no feature "+strings.Join(a.Features.Except, " "))
	}
	return strings.Join(parts, ", ")
}
