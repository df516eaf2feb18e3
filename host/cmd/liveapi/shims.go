package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
)

func shimsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shims",
		Short: "Make links to the libraries at the paths that pages expect",
		Long: `Pages load /usr/local/cpanel/php/cpanel.php, and Perl scripts have
/usr/local/cpanel in their search path. Pages that "liveapi run" starts find the
libraries without any link; scripts that are started in another way need these
links. A file that exists is never replaced, and only our own links are removed.`,
		Example: "  sudo liveapi shims install\n  liveapi shims status\n  sudo liveapi shims remove",
	}
	for _, sub := range []struct {
		name, short string
		do          func(*cobra.Command, app.Shim) error
	}{
		{"install", "Make the links that are missing", installShim},
		{"remove", "Remove our links", removeShim},
		{"status", "Show what is at each path", statusShim},
	} {
		c := &cobra.Command{Use: sub.name, Short: sub.short, Long: sub.short + ".", Args: noArguments,
			Example: "  liveapi shims " + sub.name + "\n  liveapi shims " + sub.name + " --root ./image",
			RunE:    func(cmd *cobra.Command, _ []string) error { return eachShim(cmd, sub.do) }}
		c.Flags().String("sdk", "", "folder of the PHP and Perl libraries (LIVEAPI_SDK; default sdk/ near this program)")
		c.Flags().String("root", "/", "put the links below this folder instead of /")
		cmd.AddCommand(c)
	}
	return cmd
}

func eachShim(cmd *cobra.Command, do func(*cobra.Command, app.Shim) error) error {
	s, err := app.LoadSettings(cmd.Flags())
	if err != nil {
		return exit.Misuse(err)
	}
	root, _ := cmd.Flags().GetString("root")
	shims, err := s.Shims(root)
	if err != nil {
		return err
	}
	var failures []error
	for _, shim := range shims {
		failures = append(failures, do(cmd, shim))
	}
	return errors.Join(failures...)
}

func installShim(cmd *cobra.Command, s app.Shim) error {
	made, err := s.Install()
	switch {
	case err != nil:
		return err
	case made:
		fmt.Fprintf(cmd.OutOrStdout(), "%s → %s\n", s.Path, s.Target)
	default:
		fmt.Fprintf(cmd.OutOrStdout(), "%s is there already\n", s.Path)
	}
	return nil
}

func removeShim(cmd *cobra.Command, s app.Shim) error {
	removed, err := s.Remove()
	switch {
	case err != nil:
		return err
	case removed:
		fmt.Fprintf(cmd.OutOrStdout(), "%s removed\n", s.Path)
	default:
		fmt.Fprintf(cmd.OutOrStdout(), "%s is not there\n", s.Path)
	}
	return nil
}

func statusShim(cmd *cobra.Command, s app.Shim) error {
	ours, what := s.State()
	switch {
	case what == "":
		what = "not there; liveapi shims install makes it"
	case ours:
		what = "ours, → " + s.Target
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", s.Path, what)
	return err
}
