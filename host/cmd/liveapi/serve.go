package main

import (
	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/settings"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer callers on a unix socket until told to stop",
		Long: `Answers callers on a unix socket. Modules stay loaded between calls, and the
commands pipe, run, modules and uapi use this host instead of one of their own.

The kernel tells the host which user a caller is, so the socket may be open to
every user: no user can reach the data of another. A socket that a service
manager passes to the process (LISTEN_FDS) is used instead of --socket.

SIGTERM and SIGINT stop the host: it finishes the running calls (within 5 s), ends
the module processes and removes the socket.`,
		Example: `  liveapi serve
  liveapi serve --socket /run/liveapi/liveapi.sock --socket-mode 660 --socket-group www-data
  LIVEAPI_TRACE=wire liveapi serve      # shows every frame, without secrets`,
		Args: noArguments,
		RunE: withAppAt("info", serve),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("socket-mode", "", "the socket's permission bits, in octal (default 666 for root, else 600)")
	cmd.Flags().String("socket-owner", "", "the user that owns the socket")
	cmd.Flags().String("socket-group", "", "the group that owns the socket")
	return cmd
}

func serve(cmd *cobra.Command, a *app.App, _ []string) error { return a.Serve(cmd.Context()) }
