package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"liveapi.host/protocol"
)

// administer makes a command of what an administrator does to the store or to
// its keys.
func administer(run func(cmd *cobra.Command, a *app, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a, err := newApp(cmd.Flags(), "warn")
		if err != nil {
			return err
		}
		defer a.close()
		// Here is the place for a record of who did what, and how it ended.
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
