package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"liveapi.host/host/sys/trust"
)

// ModuleCommands returns the programs that modules add as commands of liveapi, by the
// names of the commands: the files in the folder commands/ next to this program, if
// it exists. They are callers with a session of the user who runs them.
func ModuleCommands() map[string]string {
	folder := besideProgram("commands")
	commands := make(map[string]string)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			commands[e.Name()] = filepath.Join(folder, e.Name())
		}
	}
	return commands
}

// RunCommand runs a program of [ModuleCommands] with a session for it, this
// process's streams, folder and environment, and returns its exit status.
func (a *App) RunCommand(ctx context.Context, program string, args []string) (status int, err error) {
	if err := trust.Program(program); err != nil {
		return 0, err
	}
	p, err := a.page()
	if err != nil {
		return 0, err
	}
	return p.RunProgram(ctx, append([]string{program}, args...), os.Environ())
}

// SplitFlags splits the arguments of a command of a module into the flags of settings,
// which may be at any place, and the rest, which are for the program.
func SplitFlags(flags *pflag.FlagSet, args []string) (ours, rest []string) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return ours, append(rest, args[i:]...)
		}
		name, _, valued := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		f := flags.Lookup(name)
		if !strings.HasPrefix(args[i], "--") || f == nil {
			rest = append(rest, args[i])
			continue
		}
		ours = append(ours, args[i])
		if !valued && f.NoOptDefVal == "" && i+1 < len(args) {
			i++
			ours = append(ours, args[i])
		}
	}
	return ours, slices.Clip(rest)
}
