package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List the accounts that have a file, and what is wrong with the files",
		Long: `Lists the accounts that have a file in the folder of accounts, with their main
domain and special settings. Then it lists every error in the files of accounts and
of texts: the file, the line, the key and what is allowed.

An account whose file has an error may only call functions that every account may
call. The exit status is 1 when there is an error, but not for a warning.`,
		Example: "  liveapi accounts\n  LIVEAPI_ACCOUNTS=./accounts liveapi accounts",
		Args:    noArguments,
		RunE:    withAppAt("off", listAccounts),
	}
	settings.Flags(cmd.Flags())
	return cmd
}

func listAccounts(cmd *cobra.Command, a *app.App, _ []string) error {
	files, err := a.CheckAccounts(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %d with a file\n", a.Accounts, len(files.Names))
	for _, name := range files.Names {
		if summary, right := files.Summaries[name]; right {
			fmt.Fprintf(out, "  %-16s %s\n", name, summary)
		}
	}
	wrong := false
	for _, problem := range files.Problems {
		fmt.Fprintln(cmd.ErrOrStderr(), problem.Err)
		wrong = wrong || !problem.Warning
	}
	if wrong {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}
