package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

// groupOwn and groupModules are the two lists of commands in the help of liveapi.
const (
	groupOwn     = "own"
	groupModules = "modules"
)

// addModuleCommands adds the commands of modules to root. A program with the name of
// a command of liveapi itself is ignored.
func addModuleCommands(root *cobra.Command) {
	programs := app.ModuleCommands()
	for _, own := range root.Commands() {
		delete(programs, own.Name())
	}
	if len(programs) == 0 {
		return
	}
	root.AddGroup(
		&cobra.Group{ID: groupOwn, Title: "Available Commands:"},
		&cobra.Group{ID: groupModules, Title: "Commands of modules:"})
	root.SetHelpCommandGroupID(groupOwn)
	for _, own := range root.Commands() {
		own.GroupID = groupOwn
	}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		root.AddCommand(moduleCommand(name, programs[name]))
	}
}

// moduleCommand passes all arguments to the program, except the flags of settings. The
// program shows its own help and completes its own arguments.
func moduleCommand(name, program string) *cobra.Command {
	run := func(cmd *cobra.Command, args []string) error {
		flags := pflag.NewFlagSet(name, pflag.ContinueOnError) // without cobra's --help, which is for the program
		settings.Flags(flags)
		ours, rest := app.SplitFlags(flags, args)
		if err := flags.Parse(ours); err != nil {
			return exit.Misuse(err)
		}
		cmd.Flags().AddFlagSet(flags)
		return withAppAt("error", func(cmd *cobra.Command, a *app.App, _ []string) error {
			status, err := a.RunCommand(cmd.Context(), program, rest)
			if err == nil && status != 0 {
				err = exit.Error{Status: status}
			}
			if err == nil && asksHelp(rest) {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nFlags of liveapi, which this command accepts, too:\n%s", flags.FlagUsages())
			}
			return err
		})(cmd, rest)
	}
	cmd := &cobra.Command{
		Use: name, Short: fmt.Sprintf("(liveapi %s --help says what it does)", name), GroupID: groupModules,
		DisableFlagParsing: true, Args: cobra.ArbitraryArgs, RunE: run,
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { // in cobra, help cannot fail
		if err := run(cmd, []string{"--help"}); err != nil {
			cmd.PrintErrln(err)
		}
	})
	return cmd
}

// asksHelp reports whether the arguments of a program ask for its help.
func asksHelp(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "-h", "--help":
			return true
		}
	}
	return false
}
