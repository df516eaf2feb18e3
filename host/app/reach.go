package app

import (
	"context"
	"net"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/sys/identity"
)

// Open starts a session for an account; "" is the account of the user who runs this
// program. The session is with the running host when there is one, else with one in
// this process. A running host gives access to an account only to that account itself
// (W17), so for another account this process is the host.
func (a *App) Open(ctx context.Context, account string) (net.Conn, error) {
	who := account
	if account == "" {
		daemon, err := a.daemon()
		if err != nil {
			return nil, err
		}
		if daemon != nil {
			return daemon, nil
		}
		who = identity.Own()
	}
	return a.openInside(ctx, who)
}

// OpenInside starts a session of the user who runs this program with a host in this
// process, even when another host runs.
func (a *App) OpenInside(ctx context.Context) (net.Conn, error) {
	return a.openInside(ctx, identity.Own())
}

func (a *App) openInside(ctx context.Context, account string) (net.Conn, error) {
	if err := a.embed(); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	go a.door.Serve(ctx, theirs, self(account))
	return ours, nil
}

// Session calls do with a session of the user who runs this program.
func (a *App) Session(ctx context.Context, do func(*caller.Conn) error) error {
	stream, err := a.Open(ctx, "")
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
