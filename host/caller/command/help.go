package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/settings"
	"liveapi.host/protocol/uapi"
)

// help prints the program's help or, when a function is named, the function's. The
// help of a module is the list of its functions.
func (p Program) help(cmd *cobra.Command, names []string) error {
	call, _ := p.target(names)
	switch {
	case len(names) == 0:
		return p.general(cmd)
	case call.Function == "":
		return p.list(cmd, names)
	}
	return p.withCatalogue(cmd, func(l listing) error {
		if p.flat() {
			m, f := l.ours.Serves(call.Function)
			if f == nil {
				return p.notThere(l, call, l.unless(call.Function, uapi.UnknownCommand(call.Function)))
			}
			return catalogue.Explain(cmd.OutOrStdout(), p.Name, m.Module, f)
		}
		m := l.ours.Module(call.Module)
		if m == nil {
			return p.notThere(l, call, l.unless(call.Module, uapi.UnknownModule(call.Module)))
		}
		f := m.Function(call.Function)
		if f == nil {
			return p.notThere(l, call, uapi.UnknownFunction(call.Function, call.Module))
		}
		return catalogue.Explain(cmd.OutOrStdout(), p.Name, m.Module, f)
	})
}

// general prints the program's own help.
func (p Program) general(cmd *cobra.Command) error {
	host := pflag.NewFlagSet("", pflag.ContinueOnError)
	settings.Flags(host)
	call := callFlags()
	_, err := fmt.Fprintf(cmd.OutOrStdout(),
		"%s\n\nUsage:\n  %s\n\nExamples:\n%s\n\nFlags:\n%s\nFlags to find the running host, or for the host in this process when none "+
			"runs:\n%s",
		p.long(), cmd.Use, p.examples(), call.FlagUsages(), host.FlagUsages())
	return err
}

func (p Program) title() string {
	switch p.Name {
	case CPAPI2:
		return "API 2"
	case WHMAPI1:
		return "WHM API 1"
	}
	return "UAPI"
}

// sample returns a placeholder for the function in examples.
func (p Program) sample() string {
	if p.flat() {
		return "function"
	}
	return "Module function"
}

const longWHM = `Makes one call of WHM API 1, for root, and prints its result. It goes through the
running host; when none runs, this process is the host for as long as the call
takes. What a call changes is recorded: see liveapi audit.

  whmapi1                            the functions and their parameters
  whmapi1 function --help            a function's help
  whmapi1 function a=b ...           the call

Arguments: names and values are URI-encoded (%20 for a blank, %25 for a percent
sign, a + is a plus) and decoded once; the first = separates them. A name may be
repeated for a list: user=ann user=bob, or user-0=ann user-1=bob. Every user can
see the arguments in the list of processes: send secrets with --input=json.

Formats (--output): yaml; json, the exact bytes of the host's response;
jsonpretty; xml. On a terminal they are coloured, unless NO_COLOR=1 or
--color=never. Completion: source <(whmapi1 --completion=bash); also zsh and fish.

Exit status: 0 the call succeeded, 1 it failed (metadata.result 0), 2 wrong
usage, 3 there was no response.`

func (p Program) long() string {
	if p.flat() {
		return longWHM
	}
	text := `Makes one call of TITLE and prints its result. It goes through the running host;
when none runs, this process is the host for as long as the call takes.

  PROGRAM                            the modules
  PROGRAM Module                     a module's functions and their parameters
  PROGRAM Module function --help     a function's help
  PROGRAM Module function a=b ...    the call

Arguments: names and values are URI-encoded (%20 for a blank, %25 for a percent
sign, a + is a plus) and decoded once; the first = separates them. A name may be
repeated for a list: name=a name=b, or name-0=a name-1=b. Every user can see the
arguments in the list of processes: send secrets with --input=json.

To filter, sort, page and select the records of a list, in this order:

  filter   PREFIXfilter_column=NAME PREFIXfilter_term=TEXT [PREFIXfilter_type=eq]
           types: contains (default), begins, ends, matches, eq, ne, lt, gt, ...
  sort     PREFIXsort_column=NAME [PREFIXsort_method=numeric] [PREFIXsort_reverse=1]
  paginate PREFIXpaginate=1 PREFIXpaginate_start=21 PREFIXpaginate_size=20
  columns  PREFIXcolumns=1 PREFIXcolumns_a=NAME PREFIXcolumns_b=OTHER

Formats (--output): yaml; json, the exact bytes of the host's response;
jsonpretty; xml, where a list is one element for each item (list="item") and
type= marks values that are not texts. On a terminal they are coloured, unless
NO_COLOR=1 or --color=never.

Completion of modules, functions and parameters, for bash (with its package
bash-completion), zsh and fish:

  source <(PROGRAM --completion=bash)     in ~/.bashrc; the same for zsh
  PROGRAM --completion=fish | source      in ~/.config/fish/config.fish

Exit status: 0 the call succeeded, 1 it failed (STATUS), 2 wrong usage,
3 there was no response.`
	status := "status 0"
	if p.Name == CPAPI2 {
		status = "event.result 0"
	}
	return strings.NewReplacer("PROGRAM", p.Name, "TITLE", p.title(), "PREFIX", p.prefix(), "STATUS", status).Replace(text)
}

// prefix is the beginning of the names of the output modifiers (U10, U15).
func (p Program) prefix() string {
	if p.Name == CPAPI2 {
		return "api2_"
	}
	return "api."
}

func (p Program) examples() string {
	switch p.Name {
	case WHMAPI1:
		return `  whmapi1 function user=ann
  whmapi1 --output=json function user=ann
  whmapi1 function --help`
	case CPAPI2:
		return `  cpapi2 Module function domain=example.com
  cpapi2 --output=json Module function api2_sort_column=domain
  cpapi2 Module function --help`
	}
	return `  uapi LiveAPI version
  uapi --output=json LiveAPI features
  uapi LiveAPI modules --help
  echo '{"secret":"…"}' | uapi --input=json Module function
  uapi LiveAPI modules api.filter_column=module api.filter_term=Auth api.columns=1 api.columns_a=module`
}
