package main

import (
	"context"
	"net"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"liveapi.host/host"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer callers on a unix socket until told to stop",
		Long: `Answers callers on a unix socket. Modules stay loaded between calls, and the
commands pipe, run, modules and uapi use this host instead of one of their own.

Who a caller is comes from the kernel, so the socket may be open to every user:
each reaches its own data only. A socket that a service manager passes on
(LISTEN_FDS) is used instead of --socket.

SIGTERM and SIGINT stop it: calls under way are answered (5 s at most), module
processes end, the socket goes away.`,
		Example: `  liveapi serve
  liveapi serve --socket /run/liveapi/liveapi.sock --socket-mode 660 --socket-group www-data
  LIVEAPI_TRACE=wire liveapi serve      # shows every frame, without secrets`,
		Args: cobra.NoArgs,
		RunE: serve,
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("socket-mode", "", "the socket's permission bits, in octal (default 666 for root, else 600)")
	cmd.Flags().String("socket-owner", "", "the user that owns the socket")
	cmd.Flags().String("socket-group", "", "the group that owns the socket")
	return cmd
}

func serve(cmd *cobra.Command, _ []string) error {
	a, err := newApp(cmd.Flags(), "info")
	if err != nil {
		return err
	}
	defer a.close()
	socket, err := a.socket()
	if err != nil {
		return exit.Misuse(err)
	}
	activated := os.Getenv("LISTEN_FDS") != "" && os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	listener, err := host.Listen(socket)
	if err != nil {
		return err
	}
	if err := a.embed(); err != nil {
		return err
	}
	guarded := []string{a.temp}
	if !activated { // else the socket is the service manager's
		guarded = append(guarded, socket.Path)
	}
	a.watch(guarded...)
	server := &host.Server{
		Log:                a.log,
		MaxSessions:        a.Limits.Sessions,
		MaxAccountSessions: a.Limits.AccountSessions,
		Serve: func(ctx context.Context, conn *net.UnixConn, caller host.Caller) {
			a.serveConn(ctx, conn, caller)
		},
	}
	a.log.Info("listening", "socket", listener.Addr().String(), "modules", a.Modules, "state", a.State, "store", a.database(), "version", version())
	server.Run(cmd.Context(), listener)
	a.log.Info("stopped")
	return nil
}
