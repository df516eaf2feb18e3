package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/caller/exit"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// unknown reports whether a call failed because the module or function does not
// exist. It recognises this by the texts that callers know (U §4).
func unknown(answer *caller.Answer, call caller.Request) bool {
	for _, text := range answer.Errors {
		if call.API == protocol.WHM1 && text == uapi.UnknownCommand(call.Function) ||
			text == uapi.UnknownFunction(call.Function, call.Module) ||
			strings.Contains(text, "Can't locate Cpanel/API/"+call.Module+".pm in @INC") {
			return true
		}
	}
	return false
}

// suggest writes names that are close to the unknown one to standard error. This is
// only a help for the user, so errors of it are ignored.
func (p Program) suggest(cmd *cobra.Command, conn *caller.Conn, call caller.Request) {
	all, _, err := catalogue.Fetch(conn)
	if err != nil {
		return
	}
	if meant := p.meant(all, call); meant != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: did you mean: %s\n", p.Name, meant)
	}
}

// meant returns the commands that the user may have meant; "" when no name is close.
func (p Program) meant(all catalogue.Catalogue, call caller.Request) string {
	other, otherAPI := CPAPI2, protocol.API2
	if p.Name != UAPI {
		other, otherAPI = UAPI, protocol.UAPI
	}
	if m := all.Of(otherAPI).Module(call.Module); m != nil && m.Function(call.Function) != nil {
		return strings.Join([]string{other, call.Module, call.Function}, " ")
	}
	ours := all.Of(p.api())
	similar := ours.Similar(call.Module, call.Function)
	if p.flat() {
		similar = ours.SimilarFunctions(call.Function)
	}
	for i := range similar {
		similar[i] = p.Name + " " + similar[i]
	}
	return strings.Join(similar, ", or: ")
}

// named reports whether W16 allows a call's names; the function may be empty.
func named(call caller.Request) bool {
	return (call.API == protocol.WHM1 || protocol.ValidModule(call.Module)) &&
		(call.Function == "" || protocol.ValidFunction(call.Function))
}

// noName returns the error text for names that W16 does not allow, or for a module
// without a function.
func noName(call caller.Request) string {
	const (
		modules   = "%q is not the name of a module: names of modules begin with a capital letter, such as LiveAPI"
		functions = "%q is not the name of a function: such names are letters, digits and underscores, and begin with a letter"
	)
	if call.API != protocol.WHM1 && !protocol.ValidModule(call.Module) {
		return fmt.Sprintf(modules, call.Module)
	}
	return fmt.Sprintf(functions, call.Function)
}

// refuse returns the error for names that W16 does not allow, with suggestions when a
// host can be asked.
func (p Program) refuse(cmd *cobra.Command, call caller.Request) error {
	text := noName(call)
	p.withHost(cmd, "", func(conn *caller.Conn) error {
		all, _, err := catalogue.Fetch(conn)
		if meant := p.meant(all, call); err == nil && meant != "" {
			text += "\nDid you mean: " + meant
		}
		return nil
	})
	return exit.Misusef("%s", text)
}
