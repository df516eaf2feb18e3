package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liveapi.host/protocol"
)

// administer makes a command of what an administrator does to the store or to
// its keys, and has it in the audit record.
func administer(run func(cmd *cobra.Command, a *app, args []string) error) func(*cobra.Command, []string) error {
	return withApp(func(cmd *cobra.Command, a *app, args []string) error {
		what := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		with := make(map[string]string)
		for i, arg := range args {
			with[fmt.Sprint(i+1)] = arg
		}
		cmd.Flags().Visit(func(f *pflag.Flag) { with["--"+f.Name] = f.Value.String() })
		return a.recorded(cmd.Context(), what, with, func() error { return run(cmd, a, args) })
	})
}

// withApp makes a command of what needs the settings.
func withApp(run func(cmd *cobra.Command, a *app, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a, err := newApp(cmd.Flags(), "warn")
		if err != nil {
			return err
		}
		defer a.close()
		return run(cmd, a, args)
	}
}

// withEngine opens the store as it is, sealed, for work, and closes it. It makes
// no embedded store: where there is none, the engine is nil.
func (a *app) withEngine(ctx context.Context, work func(engine protocol.Storage) error) (err error) {
	if path, e := a.embedded(); e == nil {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return work(nil)
		}
	}
	engine, err := a.openEngine(ctx)
	if err != nil {
		return err
	}
	if c, ok := engine.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	return work(engine)
}
