package main

import (
	"context"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/command"
	"liveapi.host/host/caller/exit"
)

// reach is how uapi and cpapi2 get to a host when they are this program: the
// running one, or else this process.
func reach(flags *pflag.FlagSet) (command.Host, error) {
	a, err := newApp(flags, "error")
	if err != nil {
		return nil, err
	}
	return hosting{a}, nil
}

// hosting is a host that may be inside this process.
type hosting struct{ app *app }

// Open implements command.Host. A running host serves an account only to that
// account itself (W17), so for another one this process is the host.
func (h hosting) Open(ctx context.Context, other string) (net.Conn, error) {
	who := other
	if other == "" {
		daemon, err := h.app.daemon()
		if err != nil {
			return nil, err
		}
		if daemon != nil {
			return daemon, nil
		}
		who = account()
	}
	if err := h.app.embed(); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	go h.app.host.ServeSession(ctx, theirs, self(who), h.app.sessionLimits())
	return ours, nil
}

// Close implements command.Host.
func (h hosting) Close() { h.app.close() }

// inSession does something in a session of this user's account: with the running
// host, or else with one inside this process.
func inSession(cmd *cobra.Command, level string, do func(*caller.Conn) error) error {
	a, err := newApp(cmd.Flags(), level)
	if err != nil {
		return err
	}
	host := hosting{a}
	defer host.Close()
	stream, err := host.Open(cmd.Context(), "")
	if err != nil {
		return exit.Unanswered(err)
	}
	conn := caller.NewConn(stream)
	defer conn.Close()
	if err := do(conn); err != nil {
		return exit.Unanswered(err)
	}
	return nil
}
