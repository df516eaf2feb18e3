package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/pflag"

	"liveapi.host/host"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/identity"
	"liveapi.host/host/store"
	"liveapi.host/host/texts"
	"liveapi.host/protocol/modulerpc"
)

// app is what the commands share: the settings, the log, and, where a command
// hosts by itself, the host.
type app struct {
	*configuration
	log    hclog.Logger
	trace  *host.Trace
	host   *host.Host
	stores *store.LazyStorage
	temp   string // this process's private folder; "" until needed
	guard  *host.Guard
}

func newApp(flags *pflag.FlagSet, level string) (*app, error) {
	s, err := loadSettings(flags)
	if err != nil {
		return nil, exit.Misuse(err)
	}
	if s.Log.Level != "" {
		level = s.Log.Level
	}
	if hclog.LevelFromString(level) == hclog.NoLevel {
		return nil, exit.Misuse(settings.LevelError(level))
	}
	a := &app{configuration: s, log: hclog.New(&hclog.LoggerOptions{
		Name: "liveapi", Level: hclog.LevelFromString(level), Output: os.Stderr, JSONFormat: s.Log.JSON,
	})}
	if os.Getenv("LIVEAPI_TRACE") == "wire" {
		a.trace = host.NewTrace(hclog.New(&hclog.LoggerOptions{Name: "liveapi", Level: hclog.Info, Output: os.Stderr, JSONFormat: s.Log.JSON}))
	}
	return a, nil
}

// embed makes the host inside this process.
func (a *app) embed() error {
	temp, err := a.tempDir()
	if err != nil {
		return err
	}
	a.stores = store.Lazy(a.openStore)
	a.host, err = host.New(host.Config{
		Modules: a.Modules,
		Catalog: filepath.Join(a.State, "modules.json"),
		Start: func(ctx context.Context, path string) (host.Child, error) {
			return modulerpc.Start(ctx, modulerpc.Config{
				Path: path, Env: a.moduleEnv(path, a.log.GetLevel().String()), Log: a.log, TempDir: temp,
				NoLane: os.Getenv("LIVEAPI_LANE") == "off",
			})
		},
		Store: store.Reported(a.stores, func(operation, key string, err error) {
			a.log.Error("the store failed", "operation", operation, "key", key, "error", err)
		}),
		Scope:    store.Scope,
		Whole:    store.Whole,
		Root:     identity.Account(0),
		Accounts: a.accounts(),
		Texts:    texts.New(a.Texts, time.Now, func(err error) { a.log.Warn("texts of pages are not used", "error", err) }),
		Features: a.Features,
		Deadline: a.Deadline,
		Log:      a.log,
		Wire:     a.trace,
		Version:  version(),
	})
	if err != nil {
		return exit.Misuse(err)
	}
	return nil
}

// longestTemp is how long the path of the folder for temporary files may be, in
// bytes: below it come the private folder, go-plugin's own and a socket, with a
// user's and three random numbers of ten digits, and a socket's path has 107.
const longestTemp = 107 - len("/liveapi-4294967295-4294967295/plugin-dir4294967295/plugin4294967295")

// tempDir is this process's private folder, made on first use.
func (a *app) tempDir() (string, error) {
	if a.temp != "" {
		return a.temp, nil
	}
	parent := os.TempDir()
	if len(parent) > longestTemp {
		a.log.Debug("the folder for temporary files has too long a path for sockets, /tmp is used", "folder", parent)
		parent = "/tmp"
	}
	dir, err := host.PrivateDir(parent)
	if err != nil {
		return "", err
	}
	a.temp = dir
	return dir, nil
}

// close stops what this process has started and removes its private folder.
func (a *app) close() {
	if a.host != nil {
		if err := a.host.Close(); err != nil {
			a.log.Error("a module process did not stop", "error", err)
		}
	}
	if a.stores != nil {
		if err := a.stores.Close(); err != nil {
			a.log.Error("the database was not closed", "error", err)
		}
	}
	if a.temp != "" {
		os.RemoveAll(a.temp)
	}
	a.guard.Close()
}

// watch has sockets and folders removed also when this process is killed.
func (a *app) watch(paths ...string) {
	var err error
	if a.guard, err = host.NewGuard(paths...); err != nil {
		a.log.Warn("a killed host will leave its socket behind, until the next one starts", "error", err)
	}
}

// account is who runs this program, from the kernel (W17).
func account() string { return identity.Own() }

// self is this process as a caller: it, or what it serves, acts for an account.
func self(account string) host.Caller {
	return host.Caller{Account: account, Origin: identity.Origin(filepath.Base(os.Args[0]), os.Getuid(), os.Getpid())}
}

// daemon connects to a running host, if there is one.
func (a *app) daemon() (*net.UnixConn, error) {
	return caller.Finder{Path: a.Socket.Path, Asked: a.explicitSocket, Log: a.log}.Connect()
}

// serveConn answers one connection: through the daemon when one runs, by the
// host inside this process otherwise.
func (a *app) serveConn(ctx context.Context, stream host.Stream, caller host.Caller) {
	if a.host != nil {
		a.host.ServeSession(ctx, stream, caller, a.sessionLimits())
		return
	}
	conn, err := a.daemon()
	if conn == nil {
		a.log.Error("the daemon has gone", "error", err)
		stream.Close()
		return
	}
	host.Relay(stream, conn)
}

// embedUnlessDaemon makes the host inside this process when no daemon runs.
func (a *app) embedUnlessDaemon() error {
	conn, err := a.daemon()
	if conn != nil {
		conn.Close()
		return nil
	}
	if err != nil {
		return err
	}
	return a.embed()
}
