package main

import (
	"context"
	"net"

	"github.com/spf13/pflag"

	"liveapi.host/host/caller/command"
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
