package app

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/pflag"

	"liveapi.host/host/call"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/door/session"
	"liveapi.host/host/redact"
	"liveapi.host/host/store"
	"liveapi.host/host/supervise"
	"liveapi.host/host/sys/cleanup"
	"liveapi.host/host/sys/identity"
	"liveapi.host/host/texts"
	"liveapi.host/protocol/modulerpc"
)

// App has what a command needs: the settings, the log, and, when this process is the
// host, the host. It is not safe for concurrent use, except its sessions.
type App struct {
	*Settings
	Version string

	log    hclog.Logger
	trace  session.Trace
	host   *call.Host
	door   *session.Door
	stores *store.LazyStorage
	noLane bool   // calls go to modules by gRPC only
	temp   string // this process's private folder; "" until needed
	guard  *cleanup.Guard
}

// New reads the settings and starts nothing. level is the default log level; version
// is shown to callers and in the log. Errors are wrong usage.
func New(flags *pflag.FlagSet, level, version string) (*App, error) {
	s, err := LoadSettings(flags)
	if err != nil {
		return nil, exit.Misuse(err)
	}
	if s.Log.Level != "" {
		level = s.Log.Level
	}
	if hclog.LevelFromString(level) == hclog.NoLevel {
		return nil, exit.Misuse(settings.LevelError(level))
	}
	lane := os.Getenv("LIVEAPI_LANE")
	if lane != "" && lane != "on" && lane != "off" {
		return nil, exit.Misusef("LIVEAPI_LANE is %q; on and off are allowed", lane)
	}
	a := &App{Settings: s, Version: version, noLane: lane == "off", log: hclog.New(&hclog.LoggerOptions{
		Name: "liveapi", Level: hclog.LevelFromString(level), Output: os.Stderr, JSONFormat: s.Log.JSON,
	})}
	if os.Getenv("LIVEAPI_TRACE") == "wire" {
		a.trace = redact.NewTrace(
			hclog.New(&hclog.LoggerOptions{Name: "liveapi", Level: hclog.Info, Output: os.Stderr, JSONFormat: s.Log.JSON}),
		)
	}
	return a, nil
}

// embed makes a host in this process.
func (a *App) embed() error {
	temp, err := a.tempDir()
	if err != nil {
		return err
	}
	table := call.NewTable(a.log)
	programs := supervise.New(supervise.Config{
		Folder:  a.Modules,
		Catalog: filepath.Join(a.State, "modules.json"),
		Start: func(ctx context.Context, path string) (supervise.Child, error) {
			return modulerpc.Start(ctx, modulerpc.Config{
				Path: path, Env: a.moduleEnv(path, a.log.GetLevel().String()), Log: a.log, TempDir: temp,
				NoLane: a.noLane,
			})
		},
		Table: table,
		Log:   a.log,
	})
	a.stores = store.Lazy(a.openStore)
	a.host, err = call.New(call.Config{
		Table:  table,
		Source: programs,
		Store: store.Reported(a.stores, func(operation, key string, err error) {
			a.log.Error("the store failed", "operation", operation, "key", key, "error", err)
		}),
		Scope:    store.Scope,
		Whole:    store.Whole,
		Root:     identity.Account(0),
		Accounts: a.accounts(),
		Features: a.Features,
		Deadline: a.Deadline,
		Log:      a.log,
		Version:  a.Version,
	})
	if err != nil {
		return exit.Misuse(err)
	}
	a.door = &session.Door{
		Host:   a.host,
		Limits: a.sessionLimits(),
		Texts:  texts.New(a.Texts, time.Now, func(err error) { a.log.Warn("texts for pages are invalid and not used", "error", err) }),
		Trace:  a.trace,
		Log:    a.log,
	}
	return nil
}

// Door makes a host in this process and returns its door.
func (a *App) Door() (*session.Door, error) {
	err := a.embed()
	return a.door, err
}

// longestTemp is the longest path, in bytes, of the folder for temporary files. The
// path of a socket has at most 107 bytes. Below the folder are the private folder,
// go-plugin's folder and the socket, with the number of a user and three random
// numbers, of ten digits each.
const longestTemp = 107 - len("/liveapi-4294967295-4294967295/plugin-dir4294967295/plugin4294967295")

// tempDir is this process's private folder, made on first use.
func (a *App) tempDir() (string, error) {
	if a.temp != "" {
		return a.temp, nil
	}
	parent := os.TempDir()
	if len(parent) > longestTemp {
		a.log.Debug("the path of the folder for temporary files is too long for sockets, using /tmp", "folder", parent)
		parent = "/tmp"
	}
	dir, err := cleanup.PrivateDir(parent)
	if err != nil {
		return "", err
	}
	a.temp = dir
	return dir, nil
}

// Close stops everything that this process has started and removes its private folder.
func (a *App) Close() {
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

// watch ensures that sockets and folders are removed also when this process is killed.
func (a *App) watch(paths ...string) {
	var err error
	if a.guard, err = cleanup.NewGuard(paths...); err != nil {
		a.log.Warn("when this host is killed, its socket will stay until the next host starts", "error", err)
	}
}

// self returns the caller for calls of this process, which acts for an account.
func self(account string) call.Caller {
	return call.Caller{Account: account, Origin: identity.Origin(filepath.Base(os.Args[0]), os.Getuid(), os.Getpid())}
}

// daemon connects to the running host; nil when there is none.
func (a *App) daemon() (*net.UnixConn, error) {
	return caller.Finder{Path: a.Socket.Path, Asked: a.explicitSocket, Log: a.log}.Connect()
}
