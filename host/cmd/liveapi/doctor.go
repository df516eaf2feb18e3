package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what a host depends on: clock, database, keys, modules, accounts",
		Long: `Checks what a host on this machine depends on, by using it: the clock's
synchronisation, the database (one small record is written and removed), the keys,
every module's program, the files of accounts, and the running host, if any. It also
names settings that have no effect, such as folders that do not exist.

For each problem it prints what to do. The exit status is then 1.`,
		Example: "  liveapi doctor",
		Args:    noArguments,
		RunE:    withAppAt("off", doctor),
	}
	settings.Flags(cmd.Flags())
	return cmd
}

func doctor(cmd *cobra.Command, a *app.App, _ []string) error {
	out, sick := cmd.OutOrStdout(), false
	for _, c := range a.Checkups() {
		ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
		text, err := c.Look(ctx)
		cancel()
		verdict := "good "
		if err != nil {
			verdict, text, sick = "WRONG", err.Error(), true
		}
		fmt.Fprintf(out, "%s  %-12s  %s\n", verdict, c.Name, strings.ReplaceAll(text, "\n", "\n                     "))
	}
	if sick {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}
