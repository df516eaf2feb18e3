package main

import (
	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run PAGE",
		Short: "Run one page and show what it prints",
		Long: `Runs a LiveAPI page with its interpreter, in the page's own folder, with a private
socket in its environment. The output and the exit status are those of the page.

  .live.php .livephp             PHP: class CPANEL
  .live.pl .livepl .live.cgi     Perl: Cpanel::LiveAPI
  .html.tt                       Template Toolkit: execute(), Api2, Api1

Pages find the LiveAPI class where they expect it, at
/usr/local/cpanel/php/cpanel.php and as Cpanel::LiveAPI; a file that is already
there is used and not changed.

The page's environment has both socket variables, REMOTE_USER, USER, HOME and
PATH, and nothing of your own environment.`,
		Example: `  liveapi run examples/enrol.live.php
  liveapi run --log-level debug page.live.pl`,
		Args: func(_ *cobra.Command, args []string) error {
			return usageUnless(len(args) == 1, "name one page to run, such as page.live.php")
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"php", "livephp", "pl", "livepl", "cgi", "tt"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: withApp(run),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("php", "", "the PHP interpreter (default: php of the page's PATH)")
	cmd.Flags().String("perl", "", "the Perl interpreter (default: perl of the page's PATH)")
	return cmd
}

func run(cmd *cobra.Command, a *app.App, args []string) error {
	var by app.Interpreters
	by.PHP, _ = cmd.Flags().GetString("php")
	by.Perl, _ = cmd.Flags().GetString("perl")
	status, err := a.RunPage(cmd.Context(), args[0], by)
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
