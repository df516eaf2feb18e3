// The command liveapi hosts LiveAPI: see liveapi --help. Under the names uapi,
// cpapi2 and whmapi1 it makes one call. It only reads the command line and
// prints results; package host/app does the work.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/command"
	"liveapi.host/host/caller/exit"
)

// release is set by the linker for a release.
var release = ""

func version() string { return command.Version(release) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process as usual
	if name, is := command.Called(os.Args[0]); is {
		program := command.Program{Name: name, Version: version, Reach: reach}
		os.Exit(program.Run(ctx))
	}
	ran, err := rootCommand().ExecuteContextC(ctx)
	os.Exit(exit.Report(os.Stderr, ran, err))
}

// strict gives wrong arguments and unknown commands the exit status of wrong usage,
// for cmd and its subcommands. Cobra's own errors have no kind, and a group of
// commands has no error for an unknown name.
func strict(cmd *cobra.Command) *cobra.Command {
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args, cmd.RunE, cmd.DisableFlagsInUseLine = cobra.ArbitraryArgs, group, true
		cmd.SuggestionsMinimumDistance = 2
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return exit.Misuse(err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
	return cmd
}

// noArguments is as [cobra.NoArgs], with a better text: that one says "unknown command".
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		name := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		return fmt.Errorf("%s takes no arguments, but %q is one", name, args[0])
	}
	return nil
}

// group runs a command that only has subcommands.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		text += "; is it " + strings.Join(similar, " or ") + "?"
	}
	return exit.Misusef("%s", text)
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "liveapi",
		Short: "An open host for LiveAPI",
		Long: `liveapi is a host for pages and scripts that are written for LiveAPI (PHP class
CPANEL, Perl Cpanel::LiveAPI, Template Toolkit execute()). It runs modules, each
program in a process of its own, and passes calls to them.

  liveapi run page.live.php      run one page, and show what it prints
  liveapi serve                  keep a host running; the other commands use it
  liveapi modules                list the modules and their functions
  liveapi docs                   write the reference of all functions
  uapi Module function a=b       make one call from a shell

Nothing has to be set up: without a running host each command is a host itself.
Settings come from flags, else from the environment (LIVEAPI_…), else from the
configuration file, else they have defaults.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit.Misuse(err) })
	root.SetVersionTemplate("liveapi {{.Version}}\n")
	// A command with subcommands does nothing by itself, so its usage is one line.
	const own = "{{if and .Runnable (not .HasAvailableSubCommands)}}"
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", own, 1))
	root.AddCommand(
		serveCommand(),
		pipeCommand(),
		runCommand(),
		modulesCommand(),
		accountsCommand(),
		auditCommand(),
		docsCommand(),
		doctorCommand(),
		shimsCommand(),
		storeCommand(),
		versionCommand(),
	)
	root.AddCommand(keysCommand(), backupCommand(), restoreCommand())
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		for _, shell := range completion.Commands() {
			shell.Args = noArguments
		}
	}
	addModuleCommands(root)
	return strict(root)
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program",
		Long:    "Shows the version of this program and of the Go that built it.",
		Example: "  liveapi version",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "liveapi %s (%s)\n", version(), info.GoVersion)
			return err
		},
	}
}

// reach returns the host for uapi, cpapi2 and whmapi1 when they are this program: the
// running one, or else this process.
func reach(flags *pflag.FlagSet) (command.Host, error) {
	return app.New(flags, "error", version())
}
