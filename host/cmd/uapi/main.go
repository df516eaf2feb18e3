// The command uapi makes one call of UAPI, and under the name cpapi2 one of API 2:
// see uapi --help. It uses the host that runs on this machine. When none runs,
// it replaces itself by the program liveapi, which can be a host.
package main

import (
	"context"
	"net"
	"os"

	"github.com/spf13/pflag"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/command"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

// release is set by the linker for a release.
var release = ""

func main() {
	name, is := command.Called(os.Args[0])
	if !is {
		name = command.UAPI
	}
	program := command.Program{
		Name:    name,
		Version: func() string { return command.Version(release) },
		Reach:   func(flags *pflag.FlagSet) (command.Host, error) { return findHost(flags, name) },
	}
	os.Exit(program.Run(context.Background()))
}

// runningHost is the host that runs on this machine.
type runningHost struct {
	finder caller.Finder
	name   string // of this program
}

func findHost(flags *pflag.FlagSet, name string) (command.Host, error) {
	given, err := settings.Load(flags)
	if err != nil {
		return nil, exit.Misuse(err)
	}
	finder, err := given.Finder()
	if err != nil {
		return nil, exit.Misuse(err)
	}
	return runningHost{finder, name}, nil
}

// Open implements command.Host. A running host gives access to an account only to
// that account itself (W17). For another account, and without a running host, liveapi
// replaces this process.
func (h runningHost) Open(_ context.Context, account string) (net.Conn, error) {
	if account == "" {
		conn, err := h.finder.Connect()
		if err != nil {
			return nil, err
		}
		if conn != nil {
			return conn, nil
		}
	}
	return nil, becomeLiveapi(h.name)
}

// Close implements command.Host. It does not stop the running host.
func (runningHost) Close() {}
