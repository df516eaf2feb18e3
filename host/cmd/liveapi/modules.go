package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func modulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "modules",
		Short: "List the modules, where they are, and their functions",
		Long: `Lists the modules that can be called, the program of each, and its functions with
their parameters ([name] is optional, name… may be repeated). It starts programs
whose functions are not known yet. It asks the running host when there is one.

Programs that cannot be used come last, with what to do.`,
		Example: "  liveapi modules\n  liveapi modules --modules ./bin/modules",
		Args:    noArguments,
		RunE:    withAppAt("off", modules),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func modules(cmd *cobra.Command, a *app.App, _ []string) error {
	return a.Session(cmd.Context(), func(conn *caller.Conn) error { return listModules(cmd, conn) })
}

func listModules(cmd *cobra.Command, conn *caller.Conn) error {
	answer, err := catalogue.Ask(conn)
	if err != nil {
		return err
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	if err := showModules(cmd.OutOrStdout(), answer.Data, asJSON); err != nil {
		return err
	}
	for _, warning := range answer.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "not usable: %s\n", warning)
	}
	if len(answer.Warnings) > 0 {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}

// showModules prints the rows of LiveAPI::modules.
func showModules(out io.Writer, data json.RawMessage, asJSON bool) error {
	if asJSON {
		_, err := fmt.Fprintf(out, "%s\n", data)
		return err
	}
	all, err := catalogue.Decode(data)
	if err != nil {
		return err
	}
	for i := range all {
		if err := catalogue.Write(out, &all[i]); err != nil {
			return err
		}
	}
	return nil
}
