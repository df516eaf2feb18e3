// The command liveapi hosts LiveAPI: see liveapi --help. Called by the name
// uapi it makes one call.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses (U §5).
const (
	exitFailed   = 1 // the call, or the command, failed
	exitUsage    = 2 // wrong usage
	exitNoAnswer = 3 // no answer could be had
)

// release is set by the linker for a release.
var release = ""

func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// exitError carries an exit status; a nil err says nothing.
type exitError struct {
	status int
	err    error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

func usage(err error) error { return exitError{exitUsage, err} }

// noAnswer is err with its status, unless it has another one already.
func noAnswer(err error) error {
	var exit exitError
	if errors.As(err, &exit) {
		return err
	}
	return exitError{exitNoAnswer, err}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process as usual
	command := rootCommand()
	if filepath.Base(os.Args[0]) == "uapi" {
		command = uapiCommand()
	}
	ran, err := command.ExecuteContextC(ctx)
	os.Exit(exitStatus(ran, err))
}

// exitStatus says what went wrong, and where help for it is.
func exitStatus(ran *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	status := exitFailed
	var exit exitError
	if errors.As(err, &exit) {
		status = exit.status
		if exit.err == nil {
			return status
		}
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", ran.Root().Name(), err)
	if status == exitUsage {
		fmt.Fprintf(os.Stderr, "Try: %s --help\n", ran.CommandPath())
	}
	return status
}

// strict makes wrong arguments and unknown commands wrong usage, here and below:
// cobra's own errors tell them from no other failure, and for a group of
// commands there are none.
func strict(cmd *cobra.Command) *cobra.Command {
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args, cmd.RunE, cmd.DisableFlagsInUseLine = cobra.ArbitraryArgs, group, true
		cmd.SuggestionsMinimumDistance = 2
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
	return cmd
}

// group is a command that only has others below it.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		text += "; is it " + strings.Join(similar, " or ") + "?"
	}
	return usage(errorText(text))
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "liveapi",
		Short: "An open host for LiveAPI",
		Long: `liveapi answers pages and scripts that are written for LiveAPI (PHP class CPANEL,
Perl Cpanel::LiveAPI, Template Toolkit execute()) with modules that run in
processes of their own.

  liveapi run page.live.php      run one page, and show what it prints
  liveapi serve                  keep a host running; the other commands find it
  liveapi modules                what can be called
  uapi Module function a=b       one call from a shell

Nothing has to be set up: without a running host each command hosts by itself.
Settings come from flags, else from the environment (LIVEAPI_…), else from the
configuration file, else they have defaults.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.SetVersionTemplate("liveapi {{.Version}}\n")
	root.AddCommand(serveCommand(), pipeCommand(), runCommand(), modulesCommand(), shimsCommand(), versionCommand())
	root.InitDefaultCompletionCmd()
	return strict(root)
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program",
		Long:    "Shows the version of this program and of the Go that built it.",
		Example: "  liveapi version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "liveapi %s (%s)\n", version(), info.GoVersion)
			return err
		},
	}
}
