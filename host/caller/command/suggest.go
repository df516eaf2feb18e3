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

// unknown reports whether a call failed because there is no such module or
// function, by the texts that callers know (U §4).
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

// suggest says on standard error what may have been meant, when something has a
// name that is close. It is a kindness: whatever goes wrong with it is not told.
func (p Program) suggest(cmd *cobra.Command, conn *caller.Conn, call caller.Request) {
	all, _, err := catalogue.Fetch(conn)
	if err != nil {
		return
	}
	if meant := p.meant(all, call); meant != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: did you mean: %s\n", p.Name, meant)
	}
}

// meant are the commands that may have been meant; "" when nothing is close.
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

// named reports whether a call's names are some by W16; the function may be left
// out.
func named(call caller.Request) bool {
	return (call.API == protocol.WHM1 || protocol.ValidModule(call.Module)) &&
		(call.Function == "" || protocol.ValidFunction(call.Function))
}

// noName says what is wrong with the names of a call.
func noName(call caller.Request) string {
	if call.API == protocol.WHM1 {
		return fmt.Sprintf("%q is no function; their names are letters, digits and underscores, such as list_accounts", call.Function)
	}
	const rule = "modules begin with a capital letter, such as LiveAPI"
	if call.Function == "" && !protocol.ValidModule(call.Module) {
		return fmt.Sprintf("%q is no module; %s", call.Module, rule)
	}
	return fmt.Sprintf("%q %q is no module and function; %s", call.Module, call.Function, rule)
}

// refuse is the error for names that are none, with what may have been meant when
// a host can be asked.
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
