package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func modulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "modules",
		Short: "List the modules, where they are, and their functions",
		Long: `Lists the modules that can be called, the program of each, and its functions with
their parameters ([name] may be left out, name… may be repeated). Programs that
have not been called yet are started for it. It asks the running host when there
is one.

A program that cannot be used is named at the end, with what to do.`,
		Example: "  liveapi modules\n  liveapi modules --modules ./bin/modules",
		Args:    cobra.NoArgs,
		RunE:    modules,
	}
	commonFlags(cmd.Flags())
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func modules(cmd *cobra.Command, _ []string) error {
	a, err := newApp(cmd.Flags(), "off")
	if err != nil {
		return err
	}
	defer a.close()
	answer, err := a.call(cmd.Context(), account(), true, "LiveAPI", "modules", nil)
	if err != nil {
		return noAnswer(err)
	}
	if err := answer.failure(); err != nil {
		return err
	}
	show := showModules
	if plain, _ := cmd.Flags().GetBool("json"); plain {
		show = func(out io.Writer, data json.RawMessage) error {
			_, err := fmt.Fprintf(out, "%s\n", data)
			return err
		}
	}
	if err := show(cmd.OutOrStdout(), answer.Result.Data); err != nil {
		return err
	}
	for _, warning := range answer.Result.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "not usable: %s\n", warning)
	}
	if len(answer.Result.Warnings) > 0 {
		return exitError{status: exitFailed}
	}
	return nil
}

// showModules prints the rows of LiveAPI::modules as text.
func showModules(out io.Writer, data json.RawMessage) error {
	var rows []struct {
		Module, Version, File, Doc string
		Functions                  []struct {
			Name, Doc string
			Params    []string
		}
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	for _, m := range rows {
		file := m.File
		if file == "" {
			file = "inside the host"
		}
		fmt.Fprintf(out, "%s  (%s)\n  %s\n", strings.TrimSpace(m.Module+" "+m.Version), file, firstLine(m.Doc))
		for _, f := range m.Functions {
			fmt.Fprintf(out, "    %-46s %s\n", strings.TrimSpace(f.Name+" "+strings.Join(f.Params, " ")), firstLine(f.Doc))
		}
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
