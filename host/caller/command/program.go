package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/protocol"
)

// Host is how a command reaches a host.
type Host interface {
	// Open starts a session for an account; "" is the account of the user who runs
	// this program. An error without an exit status of its own gets [exit.NoAnswer].
	Open(ctx context.Context, account string) (net.Conn, error)
	// Close ends what Open has started.
	Close()
}

// Program is uapi, cpapi2 or whmapi1.
type Program struct {
	Name    string // by which it was called: [UAPI], [CPAPI2] or [WHMAPI1]
	Version func() string

	// Reach returns the way to a host for the flags of package settings. It is
	// called once, after the flags were read.
	Reach func(flags *pflag.FlagSet) (Host, error)
}

// The names of the programs.
const (
	UAPI    = "uapi"
	CPAPI2  = "cpapi2"
	WHMAPI1 = "whmapi1" // for root: its functions have no module
)

// Called tells which of the programs a path names, if any.
func Called(path string) (name string, is bool) {
	name = filepath.Base(path)
	return name, name == UAPI || name == CPAPI2 || name == WHMAPI1
}

// Version is the version of a program: release, which the linker sets for one,
// else what the build knows.
func Version(release string) string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// api is the API version of the program's calls.
func (p Program) api() protocol.APIVersion {
	switch p.Name {
	case CPAPI2:
		return protocol.API2
	case WHMAPI1:
		return protocol.WHM1
	}
	return protocol.UAPI
}

// flat reports whether the program's functions are named without a module.
func (p Program) flat() bool { return p.Name == WHMAPI1 }

// target returns the call that the program's arguments name, and the arguments after
// it. The function is "" when they name none.
func (p Program) target(args []string) (call caller.Request, rest []string) {
	call.API = p.api()
	if !p.flat() && len(args) > 0 {
		call.Module, args = args[0], args[1:]
	}
	if len(args) > 0 {
		call.Function, args = args[0], args[1:]
	}
	return call, args
}

// synopsis is the part after the program's name in its usage.
func (p Program) synopsis() string {
	if p.flat() {
		return "function [name=value ...]"
	}
	return "Module function [name=value ...]"
}

// Run runs the program with its arguments and returns the exit status.
func (p Program) Run(ctx context.Context) int {
	helped := error(nil)
	cmd := p.command(&helped)
	ran, err := cmd.ExecuteContextC(ctx)
	if err == nil {
		err = helped
	}
	return exit.Report(os.Stderr, ran, err)
}

// command returns the program as a cobra command. In cobra help cannot fail, so an
// error of the help goes to helped.
func (p Program) command(helped *error) *cobra.Command {
	cmd := &cobra.Command{
		Use:           p.Name + " [flags] " + p.synopsis(),
		Short:         "Make one call of " + p.title(),
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asked, _ := cmd.Flags().GetBool("version"); asked {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", p.Name, p.Version())
				return err
			}
			if shell, _ := cmd.Flags().GetString("completion"); shell != "" {
				return writeCompletion(cmd, shell)
			}
			return p.run(cmd, args)
		},
		ValidArgsFunction: p.complete,
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit.Misuse(err) })
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { *helped = p.help(cmd, cmd.Flags().Args()) })
	addFlags(cmd)
	return cmd
}
