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
	return p.withCatalogue(cmd, func(all, ours catalogue.Catalogue) error {
		out := cmd.OutOrStdout()
		if p.flat() {
			for i := range ours {
				if err := catalogue.Write(out, &ours[i]); err != nil {
					return err
				}
			}
			return nil
		}
		if len(names) == 0 {
			if err := ours.WriteModules(out); err != nil {
				return err
			}
			if render.Terminal(out) {
				fmt.Fprintf(out, "\nOne module's functions:  %s Module\nOne function's help:     %s Module function --help\n", p.Name,
					p.Name)
			}
			return nil
		}
		m := ours.Module(names[0])
		if m == nil {
			return p.notThere(all, caller.Request{Module: names[0]}, uapi.UnknownModule(names[0]))
		}
		return catalogue.Write(out, m)
	})
}

// withCatalogue calls do with the catalogue of the host: all of it, and the part that
// this program can call.
func (p Program) withCatalogue(cmd *cobra.Command, do func(all, ours catalogue.Catalogue) error) error {
	return p.withHost(cmd, "", func(conn *caller.Conn) error {
		all, warnings, err := catalogue.Fetch(conn)
		if err != nil {
			return err
		}
		for _, warning := range warnings {
			fmt.Fprintf(cmd.ErrOrStderr(), "not usable: %s\n", warning)
		}
		return do(all, all.Of(p.api()))
	})
}

// notThere returns the error for help about an unknown module or function; text is
// the error text of such a call. A name that W16 does not allow is wrong usage.
func (p Program) notThere(all catalogue.Catalogue, call caller.Request, text string) error {
	status := exit.Failed
	if !named(call) {
		status, text = exit.Usage, noName(call)
	}
	if meant := p.meant(all, call); meant != "" {
		text += "\nDid you mean: " + meant
	}
	return exit.Error{Status: status, Err: errors.New(text)}
}
