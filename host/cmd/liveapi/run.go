package main

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"

	"github.com/spf13/cobra"

	"liveapi.host/host"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run PAGE",
		Short: "Run one page and show what it prints",
		Long: `Runs a LiveAPI page by its interpreter, in the page's own folder, with a private
socket in its environment, and passes its output through. The exit status is
the page's own.

  .live.php .livephp             PHP: class CPANEL
  .live.pl .livepl .live.cgi     Perl: Cpanel::LiveAPI
  .html.tt                       Template Toolkit: execute(), Api2, Api1

Pages find the LiveAPI class where they expect it, at
/usr/local/cpanel/php/cpanel.php and as Cpanel::LiveAPI; what stands there
already is left alone and used.

The page's environment holds both socket variables, REMOTE_USER, USER, HOME and
PATH, and nothing of yours.`,
		Example: `  liveapi run examples/enrol.live.php
  liveapi run --log-level debug page.live.pl`,
		Args: func(_ *cobra.Command, args []string) error {
			return usageUnless(len(args) == 1, "name one page to run, such as page.live.php")
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"php", "livephp", "pl", "livepl", "cgi", "tt"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: run,
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("php", "", "the PHP interpreter (default: php of the page's PATH)")
	cmd.Flags().String("perl", "", "the Perl interpreter (default: perl of the page's PATH)")
	return cmd
}

func run(cmd *cobra.Command, args []string) error {
	a, err := newApp(cmd.Flags(), "warn")
	if err != nil {
		return err
	}
	defer a.close()
	if err := usageUnless(a.SDK != "", "the PHP and Perl libraries are not found; say where they are with --sdk or LIVEAPI_SDK"); err != nil {
		return err
	}
	temp, err := a.tempDir()
	if err != nil {
		return err
	}
	if err := a.embedUnlessDaemon(); err != nil {
		return exit.Unanswered(err)
	}
	a.watch(temp)
	who := account()
	page := &host.Page{
		Serve:   func(ctx context.Context, conn *net.UnixConn) { a.serveConn(ctx, conn, self(who)) },
		Account: who, Home: accountHome(), SDK: a.SDK, TempDir: temp,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Log: a.log,
	}
	page.PHP, _ = cmd.Flags().GetString("php")
	page.Perl, _ = cmd.Flags().GetString("perl")
	status, err := page.Run(cmd.Context(), args[0])
	if err != nil {
		return err
	}
	if status != 0 {
		return exit.Error{Status: status}
	}
	return nil
}

func usageUnless(ok bool, text string) error {
	if ok {
		return nil
	}
	return exit.Misusef("%s", text)
}

// accountHome is the home folder of who runs this program, from the system.
func accountHome() string {
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil && u.HomeDir != "" {
		return u.HomeDir
	}
	return "/"
}
