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

// ModuleCommands are the programs that modules add to the commands of liveapi, by
// the names of the commands: the files in the folder commands/ beside this program,
// which need not be there. They are callers, with a session of who runs them.
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

// SplitFlags parts the arguments of a command of a module into those that are
// flags of settings, wherever they stand, and the rest, which are the command's own.
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
