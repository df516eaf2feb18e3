package command

import (
	"strings"

	"github.com/spf13/cobra"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/exit"
	"liveapi.host/protocol"
)

func shells() []string { return []string{"bash", "zsh", "fish"} }

// writeCompletion prints the script with which a shell asks this program for completions.
func writeCompletion(cmd *cobra.Command, shell string) error {
	out := cmd.OutOrStdout()
	switch shell {
	case "bash":
		return cmd.GenBashCompletionV2(out, true)
	case "zsh":
		return cmd.GenZshCompletion(out)
	case "fish":
		return cmd.GenFishCompletion(out, true)
	}
	return exit.Misusef("--completion is %q; %s are known", shell, strings.Join(shells(), ", "))
}

// complete returns what can come next on the command line: modules, functions, then
// parameters. Without a host there are no offers.
func (p Program) complete(cmd *cobra.Command, args []string, begun string) (offers []string, directive cobra.ShellCompDirective) {
	directive = cobra.ShellCompDirectiveNoFileComp
	p.withHost(cmd, "", func(conn *caller.Conn) error {
		all, _, err := catalogue.Fetch(conn)
		if err != nil {
			return err
		}
		ours := all.Of(p.api())
		if p.flat() {
			offers, directive = p.completeFlat(ours, args, begun, directive)
			return nil
		}
		if len(args) == 0 {
			offers = offerModules(ours)
			return nil
		}
		m := ours.Module(args[0])
		switch {
		case m == nil:
		case len(args) == 1:
			offers = offerFunctions(m)
		case m.Function(args[1]) != nil:
			offers = p.offerParams(m.Function(args[1]), args[2:], begun)
			directive |= cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder
		}
		return nil
	})
	return beginning(begun, offers), directive
}

// completeFlat returns functions, then parameters.
func (p Program) completeFlat(
	ours catalogue.Catalogue,
	args []string,
	begun string,
	directive cobra.ShellCompDirective,
) ([]string, cobra.ShellCompDirective) {
	var offers []string
	if len(args) == 0 {
		for i := range ours {
			offers = append(offers, offerFunctions(&ours[i])...)
		}
	} else if _, f := ours.Serves(args[0]); f != nil {
		return p.offerParams(f, args[1:], begun), directive | cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder
	}
	return offers, directive
}

// beginning returns the offers that begin with the text that is already there.
func beginning(begun string, offers []string) []string {
	var fit []string
	for _, offer := range offers {
		if strings.HasPrefix(offer, begun) {
			fit = append(fit, offer)
		}
	}
	return fit
}

func offerModules(c catalogue.Catalogue) (offers []string) {
	for _, m := range c {
		offers = append(offers, described(m.Module, m.Doc))
	}
	return offers
}

func offerFunctions(m *protocol.Manifest) (offers []string) {
	for i := range m.Functions {
		offers = append(offers, described(m.Functions[i].Name, m.Functions[i].About()))
	}
	return offers
}

// offerParams returns the parameters that are not on the command line yet, the
// modifiers once their prefix is there, and the two values of a flag. It never offers
// values of a secret.
func (p Program) offerParams(f *protocol.Function, given []string, begun string) (offers []string) {
	if name, _, valued := strings.Cut(begun, "="); valued {
		if param := f.Param(name); param != nil && param.Type == protocol.TypeFlag && !bool(param.Secret) {
			return []string{name + "=1", name + "=0"}
		}
		return nil
	}
	used := map[string]bool{}
	for _, argument := range given {
		name, _, _ := strings.Cut(argument, "=")
		used[name] = true
	}
	for _, param := range f.Params {
		if !used[param.Name] || bool(param.List) {
			offers = append(offers, described(param.Name+"=", param.Doc))
		}
	}
	if strings.HasPrefix(begun, "api") && !p.flat() {
		for _, modifier := range modifiers() {
			offers = append(offers, p.prefix()+modifier+"=")
		}
	}
	return offers
}

// modifiers returns the most frequent names of U10 to U13.
func modifiers() []string {
	return []string{"filter_column", "filter_term", "filter_type", "sort_column", "sort_method", "sort_reverse",
		"paginate", "paginate_start", "paginate_size", "columns", "columns_a"}
}

// described returns an offer with the description that the shell shows.
func described(offer, doc string) string {
	about, _ := protocol.Summary(doc)
	if about == "" {
		return offer
	}
	return offer + "\t" + about
}
