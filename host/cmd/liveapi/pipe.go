package main

import (
	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/settings"
)

func pipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipe",
		Short: "Answer one caller on standard input and output",
		Long: `Answers one caller on standard input and output: the caller starts this program
and writes requests to it. It uses the running host when there is one; otherwise
this process is the host. Only responses are written to standard output; the log
goes to standard error.`,
		Example: `  printf '23\n<cpaneljson enable="1">' | liveapi pipe`,
		Args:    noArguments,
		RunE:    pipe,
	}
	settings.Flags(cmd.Flags())
	return cmd
}

func pipe(cmd *cobra.Command, args []string) error {
	// This comes first, so that nothing else that this process prints gets into the
	// responses.
	wire, err := app.TakeStdio()
	if err != nil {
		return err
	}
	defer wire.Close()
	return withApp(func(cmd *cobra.Command, a *app.App, _ []string) error { return a.Pipe(cmd.Context(), wire) })(cmd, args)
}
