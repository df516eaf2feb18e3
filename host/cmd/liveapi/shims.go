package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"liveapi.host/host/caller/exit"
)

func shimsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shims",
		Short: "Put links where pages have the LiveAPI libraries' paths written in",
		Long: `Pages have /usr/local/cpanel/php/cpanel.php written in them, and Perl scripts
/usr/local/cpanel in their search path. Pages that liveapi run starts find the
libraries without any link; for scripts that are started otherwise these links
do it. Nothing that exists is ever replaced, and only our own links are removed.`,
		Example: "  sudo liveapi shims install\n  liveapi shims status\n  sudo liveapi shims remove",
	}
	for _, sub := range []struct {
		name, short string
		do          func(*cobra.Command, shim) error
	}{
		{"install", "Make the links that are missing", installShim},
		{"remove", "Remove our links", removeShim},
		{"status", "Show what stands at each place", statusShim},
	} {
		c := &cobra.Command{Use: sub.name, Short: sub.short, Long: sub.short + ".", Args: cobra.NoArgs,
			Example: "  liveapi shims " + sub.name + "\n  liveapi shims " + sub.name + " --root ./image",
			RunE:    func(cmd *cobra.Command, _ []string) error { return eachShim(cmd, sub.do) }}
		c.Flags().String("sdk", "", "folder of the PHP and Perl libraries (LIVEAPI_SDK; default sdk/ near this program)")
		c.Flags().String("root", "/", "put the links below this folder instead of /")
		cmd.AddCommand(c)
	}
	return cmd
}

// shim is one link: what pages have written in them, and the file of ours.
type shim struct{ path, target string }

func eachShim(cmd *cobra.Command, do func(*cobra.Command, shim) error) error {
	s, err := loadSettings(cmd.Flags())
	if err != nil {
		return exit.Misuse(err)
	}
	if err := usageUnless(s.SDK != "", "the PHP and Perl libraries are not found; say where they are with --sdk or LIVEAPI_SDK"); err != nil {
		return err
	}
	root, _ := cmd.Flags().GetString("root")
	var failures []error
	for _, place := range []struct{ path, target string }{
		{"usr/local/cpanel/php/cpanel.php", "php/cpanel.php"},
		{"usr/local/cpanel/Cpanel/LiveAPI.pm", "perl/lib/Cpanel/LiveAPI.pm"},
	} {
		failures = append(failures, do(cmd, shim{filepath.Join(root, place.path), filepath.Join(s.SDK, place.target)}))
	}
	return errors.Join(failures...)
}

// state says what stands at the place: nothing, our link, or something else.
func (s shim) state() (ours bool, what string) {
	info, err := os.Lstat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, ""
	case err != nil:
		return false, err.Error()
	case info.Mode()&fs.ModeSymlink == 0:
		return false, "a file that is not ours"
	}
	target, err := os.Readlink(s.path)
	if err != nil {
		return false, err.Error()
	}
	return target == s.target, "a link to " + target
}

func installShim(cmd *cobra.Command, s shim) error {
	ours, what := s.state()
	if ours {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is there already\n", s.path)
		return nil
	}
	if what != "" {
		return fmt.Errorf("%s is %s; it is left as it is", s.path, what)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return mayNot("make a folder", err)
	}
	if err := os.Symlink(s.target, s.path); err != nil { // fails when something has come there meanwhile
		return mayNot("make a link", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s → %s\n", s.path, s.target)
	return nil
}

func removeShim(cmd *cobra.Command, s shim) error {
	ours, what := s.state()
	switch {
	case what == "":
		fmt.Fprintf(cmd.OutOrStdout(), "%s is not there\n", s.path)
		return nil
	case !ours:
		return fmt.Errorf("%s is %s; it is left as it is", s.path, what)
	}
	if err := os.Remove(s.path); err != nil {
		return mayNot("remove a link", err)
	}
	for dir, n := filepath.Dir(s.path), 0; n < 2; dir, n = filepath.Dir(dir), n+1 {
		if os.Remove(dir) != nil { // the folders that install made, when nothing else is in them
			break
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s removed\n", s.path)
	return nil
}

func statusShim(cmd *cobra.Command, s shim) error {
	ours, what := s.state()
	switch {
	case what == "":
		what = "not there; liveapi shims install makes it"
	case ours:
		what = "ours, → " + s.target
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", s.path, what)
	return err
}

func mayNot(what string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w; run it as root: sudo liveapi shims …", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
