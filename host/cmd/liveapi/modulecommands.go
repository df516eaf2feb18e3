package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

// moduleCommands are the commands that modules add to root. None takes the name of
// a command that liveapi has itself.
func moduleCommands(root *cobra.Command) (commands []*cobra.Command) {
	programs := app.ModuleCommands()
	for _, own := range root.Commands() {
		delete(programs, own.Name())
	}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		commands = append(commands, moduleCommand(name, programs[name]))
	}
	return commands
}

// moduleCommand hands everything to the program but the flags of settings. The
// program shows its own help and completes its own arguments.
func moduleCommand(name, program string) *cobra.Command {
	run := func(cmd *cobra.Command, args []string) error {
		settings.Flags(cmd.Flags())
		ours, rest := app.SplitFlags(cmd.Flags(), args)
		if err := cmd.Flags().Parse(ours); err != nil {
			return exit.Misuse(err)
		}
		return withAppAt("error", func(cmd *cobra.Command, a *app.App, _ []string) error {
			status, err := a.RunCommand(cmd.Context(), program, rest)
			if err == nil && status != 0 {
				err = exit.Error{Status: status}
			}
			return err
		})(cmd, rest)
	}
	cmd := &cobra.Command{
		Use: name, Short: "A command of a module: liveapi " + name + " --help", DisableFlagParsing: true,
		Args: cobra.ArbitraryArgs, RunE: run,
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { // cobra knows no help that fails
		if err := run(cmd, []string{"--help"}); err != nil {
			cmd.PrintErrln(err)
		}
	})
	return cmd
}
