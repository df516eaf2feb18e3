package main

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func docsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "docs [--format=markdown|openapi] [--output=DIR] [Module ...]",
		Short: "Write the reference of the modules, in Markdown or as an OpenAPI document",
		Long: `Writes the reference of all modules, or of those that are named: functions,
parameters, results, errors and examples, as the modules describe them.

On standard output it is one text: an index and a page for each module, or, with
--format=openapi, the OpenAPI 3.1 document of the HTTP addresses. With --output it
writes both into a folder: README.md, Module.md for each module, and openapi.json.
It replaces only files that it has written before. When all modules are written, it
removes the pages of modules that no longer exist.

It asks the running host when there is one; with --modules it uses the programs in
that folder. When a program cannot be used, nothing is written.`,
		Example: `  liveapi docs LiveAPI | less
  liveapi docs --output=reference
  liveapi docs --format=openapi >openapi.json`,
		DisableFlagsInUseLine: true,
		RunE:                  withAppAt("off", docs),
		ValidArgsFunction:     cobra.NoFileCompletions,
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("format", "markdown", "markdown or openapi, for standard output")
	cmd.Flags().String("output", "", "folder to write both formats into; it is made when it does not exist")
	return cmd
}

func docs(cmd *cobra.Command, a *app.App, names []string) error {
	format, _ := cmd.Flags().GetString("format")
	dir, _ := cmd.Flags().GetString("output")
	switch {
	case format != "markdown" && format != "openapi":
		return exit.Misusef("--format is %q; markdown and openapi are allowed", format)
	case cmd.Flags().Changed("output") && dir == "":
		return exit.Misusef("--output is empty; name a folder")
	case dir != "" && cmd.Flags().Changed("format"):
		return exit.Misusef("--output writes both formats; leave --format out")
	}
	modules, err := documented(cmd, a, names)
	if err != nil {
		return err
	}
	r := app.Reference(modules)
	if dir != "" {
		return r.WriteFolder(dir, len(names) == 0)
	}
	write := r.Markdown
	if format == "openapi" {
		write = r.OpenAPI
	}
	text, err := write()
	if err == nil {
		_, err = cmd.OutOrStdout().Write(text)
	}
	return err
}

// documented returns the modules of these names, all modules without names.
func documented(cmd *cobra.Command, a *app.App, names []string) (catalogue.Catalogue, error) {
	open := func() (net.Conn, error) { return a.Open(cmd.Context(), "") }
	if cmd.Flags().Changed("modules") { // a running host has modules of its own
		open = func() (net.Conn, error) { return a.OpenInside(cmd.Context()) }
	}
	stream, err := open()
	if err != nil {
		return nil, exit.Unanswered(err)
	}
	conn := caller.NewConn(stream)
	defer conn.Close()
	all, warnings, err := catalogue.Fetch(conn)
	if err != nil {
		return nil, exit.Unanswered(err)
	}
	chosen, missing := choose(all, names)
	if (len(names) == 0 || missing != nil) && len(warnings) > 0 {
		return nil, fmt.Errorf("the reference would be incomplete, because a program cannot be used:\n%s", strings.Join(warnings, "\n"))
	}
	return chosen, missing
}

// choose returns the modules of these names, all modules without names.
func choose(all catalogue.Catalogue, names []string) (chosen catalogue.Catalogue, missing error) {
	for _, name := range names {
		if all.Module(name) != nil {
			continue
		}
		text := fmt.Sprintf("there is no module %q", name)
		if similar := all.Similar(name, ""); len(similar) > 0 {
			text += "; is it " + strings.Join(similar, " or ") + "?"
		}
		return nil, exit.Misusef("%s", text)
	}
	for _, m := range all {
		if len(names) == 0 || slices.Contains(names, m.Module) {
			chosen = append(chosen, m)
		}
	}
	return chosen, nil
}
