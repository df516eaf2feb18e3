package command

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/render"
	"liveapi.host/host/caller/settings"
)

// addFlags adds the flags, with completions for those that have a few known values.
func addFlags(cmd *cobra.Command) {
	flags := callFlags()
	settings.Flags(cmd.Flags())
	cmd.Flags().AddFlagSet(flags)
	for flag, values := range map[string][]string{
		"output": render.Names(), "input": {"json"}, "color": {"auto", "always", "never"}, "completion": shells(),
		"log-level": {"trace", "debug", "info", "warn", "error", "off"},
	} {
		cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails for no known flag
	}
}

// callFlags returns the flags that package settings does not have.
func callFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.String("output", "yaml", "how the result is printed: yaml, json (one line), jsonpretty or xml")
	flags.String("input", "", "json: read the arguments as one JSON object from standard input")
	flags.String("user", "", "the account to act for (root only); this process is then the host")
	flags.String("color", "auto", "colour the output: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.String("completion", "", "print the completion script for bash, zsh or fish")
	flags.BoolP("help", "h", false, "show this help; with a module and a function, the help of the function")
	flags.BoolP("version", "v", false, "show the version of this program")
	return flags
}

// choices are the settings of one call, from the flags.
type choices struct {
	format render.Format
	paint  render.Palette
	stdin  bool // the arguments come from standard input
}

// chosen returns the choices of the flags; errors are wrong usage.
func chosen(cmd *cobra.Command) (c choices, err error) {
	output, _ := cmd.Flags().GetString("output")
	var known bool
	if c.format, known = render.Named(output); !known {
		return c, exit.Misusef("--output is %q; %s are allowed", output, strings.Join(render.Names(), ", "))
	}
	when, _ := cmd.Flags().GetString("color")
	if c.paint, err = render.Colour(when, cmd.OutOrStdout()); err != nil {
		return c, exit.Misuse(err)
	}
	switch input, _ := cmd.Flags().GetString("input"); input {
	case "":
	case "json":
		c.stdin = true
	default:
		return c, exit.Misusef("--input is %q; only json is allowed", input)
	}
	return c, nil
}
