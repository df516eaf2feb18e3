package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/app"
)

// withApp returns the function of a command that needs the settings.
func withApp(run func(cmd *cobra.Command, a *app.App, args []string) error) func(*cobra.Command, []string) error {
	return withAppAt("warn", run)
}

// withAppAt is withApp with another default log level.
func withAppAt(level string, run func(cmd *cobra.Command, a *app.App, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a, err := app.New(cmd.Flags(), level, version())
		if err != nil {
			return err
		}
		defer a.Close()
		return run(cmd, a, args)
	}
}

// administer returns the function of a command that changes the store or its keys.
// The command is recorded in the audit record.
func administer(run func(cmd *cobra.Command, a *app.App, args []string) error) func(*cobra.Command, []string) error {
	return withApp(func(cmd *cobra.Command, a *app.App, args []string) error {
		what := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		with := make(map[string]string)
		for i, arg := range args {
			with[fmt.Sprint(i+1)] = arg
		}
		cmd.Flags().Visit(func(f *pflag.Flag) { with["--"+f.Name] = f.Value.String() })
		return a.Recorded(cmd.Context(), what, with, func() error { return run(cmd, a, args) })
	})
}
