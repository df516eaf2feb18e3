package sdk

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"liveapi.host/protocol/modulerpc"
)

// Main is the whole main function of a module program:
//
//	func main() { sdk.Main(hello.Module) }
//
// When a host starts the program, Main serves the modules until the host ends. When a
// person starts it, Main prints what the program is and where to install it. The exit
// status is 1 when a module is not valid or its configuration is wrong; the reason is
// then on standard error, which the host writes to its log.
func Main(modules ...*Module) {
	if !modulerpc.Launched() {
		os.Exit(byHand(os.Stdout, os.Stderr, filepath.Base(os.Args[0]), modules))
	}
	log := modulerpc.NewLogger(names(modules))
	server, err := NewServer(Options{Log: log}, modules...)
	if err != nil {
		log.Error("the module cannot start", "error", err.Error())
		os.Exit(1)
	}
	modulerpc.Serve(server, log)
}

func names(modules []*Module) string {
	var list []string
	for _, m := range modules {
		if m != nil {
			list = append(list, m.Name)
		}
	}
	return strings.Join(list, "+")
}

// byHand describes the program to a person who started it in a shell.
func byHand(out, problems io.Writer, program string, modules []*Module) int {
	server, err := NewServer(Options{}, modules...)
	if err != nil {
		fmt.Fprintf(problems, "%s: this module cannot start: %v\n", program, err)
		return 1
	}
	fmt.Fprintf(out, "%s is a LiveAPI module. It is not run by hand: put it in the folder of\n"+
		"a host's modules, and the host starts it when it is called.\n", program)
	for _, m := range server.manifests {
		fmt.Fprintf(out, "\n%s %s\n    %s\n", m.Module, m.Version, summary(m.Doc))
		for _, f := range m.Functions {
			fmt.Fprintf(out, "\n  %s::%s\n      %s\n", m.Module, f.Name, summary(f.Doc))
			for _, p := range f.Params {
				required := ""
				if p.Required {
					required = ", required"
				}
				fmt.Fprintf(out, "      %-20s %s (%s%s)\n", p.Name, summary(p.Doc), p.Type, required)
			}
		}
	}
	return 0
}

func summary(doc string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(doc), "\n")
	return line
}
