package app

import (
	"context"
	"net"
	"os"
	"strconv"

	"liveapi.host/host/call"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/door/session"
	"liveapi.host/host/door/unix"
)

// Serve answers callers on the socket of the settings, or on a socket from a service
// manager, until ctx is done.
func (a *App) Serve(ctx context.Context) error {
	socket, err := a.socket()
	if err != nil {
		return exit.Misuse(err)
	}
	activated := os.Getenv("LISTEN_FDS") != "" && os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	listener, err := unix.Listen(socket)
	if err != nil {
		return err
	}
	if err := a.embed(); err != nil {
		return err
	}
	guarded := []string{a.temp}
	if !activated { // a socket of the service manager is not ours to remove
		guarded = append(guarded, socket.Path)
	}
	a.watch(guarded...)
	server := &unix.Server{
		Log:                a.log,
		MaxSessions:        a.Limits.Sessions,
		MaxAccountSessions: a.Limits.AccountSessions,
		Serve: func(ctx context.Context, conn *net.UnixConn, caller call.Caller) {
			a.door.Serve(ctx, conn, caller)
		},
	}
	a.warn()
	a.log.Info("listening", "socket", listener.Addr().String(), "modules", a.Modules,
		"state", a.State, "store", a.database(), "version", a.Version)
	server.Run(ctx, listener)
	a.log.Info("stopped")
	return nil
}

// serveConn serves one connection: by the host in this process if there is one,
// otherwise through the daemon.
func (a *App) serveConn(ctx context.Context, stream session.Stream, caller call.Caller) {
	if a.door != nil {
		a.door.Serve(ctx, stream, caller)
		return
	}
	conn, err := a.daemon()
	if conn == nil {
		a.log.Error("the daemon does not run any more", "error", err)
		stream.Close()
		return
	}
	unix.Relay(stream, conn)
}

// embedUnlessDaemon makes a host in this process when no daemon runs.
func (a *App) embedUnlessDaemon() error {
	conn, err := a.daemon()
	if conn != nil {
		conn.Close()
		return nil
	}
	if err != nil {
		return err
	}
	return a.embed()
}
