package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/render"
	"liveapi.host/protocol/uapi"
)

// list shows the modules, or the functions of the module that is named.
func (p Program) list(cmd *cobra.Command, names []string) error {
	return p.withCatalogue(cmd, func(l listing) error {
		out := cmd.OutOrStdout()
		if p.flat() {
			for i := range l.ours {
				if err := catalogue.Write(out, &l.ours[i]); err != nil {
					return err
				}
			}
			return nil
		}
		if len(names) == 0 {
			if err := l.ours.WriteModules(out); err != nil {
				return err
			}
			if render.Terminal(out) {
				fmt.Fprintf(out, "\nOne module's functions:  %s Module\nOne function's help:     %s Module function --help\n", p.Name,
					p.Name)
			}
			return nil
		}
		m := l.ours.Module(names[0])
		if m == nil {
			return p.notThere(l, caller.Request{Module: names[0]}, l.unless(names[0], uapi.UnknownModule(names[0])))
		}
		return catalogue.Write(out, m)
	})
}

// listing is the catalogue of a host: all of it, and the part that the program can call.
type listing struct {
	all, ours catalogue.Catalogue
	unusable  bool // some programs are not usable, so the catalogue may lack modules
}

// unless returns the text for an unknown module or function, unless an unusable
// program may serve it: callers know such a text as "does not exist".
func (l listing) unless(name, text string) string {
	if l.unusable {
		return name + " was not found, but a program that may serve it is not usable (see above)"
	}
	return text
}

// withCatalogue calls do with the catalogue of the host.
func (p Program) withCatalogue(cmd *cobra.Command, do func(listing) error) error {
	return p.withHost(cmd, "", func(conn *caller.Conn) error {
		all, warnings, err := catalogue.Fetch(conn)
		if err != nil {
			return err
		}
		for _, warning := range warnings {
			fmt.Fprintf(cmd.ErrOrStderr(), "not usable: %s\n", warning)
		}
		return do(listing{all, all.Of(p.api()), len(warnings) > 0})
	})
}

// notThere returns the error for help about an unknown module or function; text is
// the error text of such a call. A name that W16 does not allow is wrong usage.
func (p Program) notThere(l listing, call caller.Request, text string) error {
	status := exit.Failed
	if !named(call) {
		status, text = exit.Usage, noName(call)
	}
	if meant := p.meant(l.all, call); meant != "" {
		text += "\nDid you mean: " + meant
	}
	return exit.Error{Status: status, Err: errors.New(text)}
}
