package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/accounts"
	"liveapi.host/host/call"
	"liveapi.host/host/door/session"
	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/host/supervise"
	"liveapi.host/protocol"
)

// Names of accounts. Where callers say who they are, all names are of one length.
const (
	account       = "bench"
	reader        = "account-reader" // has records and domains, which nobody changes
	accountLength = len("account-000000")
)

// accountFile is what the host knows of the two accounts above.
const accountFile = `domain: example.com
addon_domains:
  shop.test: {root: shop, subdomain: shop}
sub_domains:
  blog.example.com: {root: blog}
parked_domains: [example.net, example.org]
plan: small
`

// maxReply bounds a reply, in bytes: the greatest payload with what surrounds it.
const maxReply = 8 << 20

// hostFlags say what kind of host a process is.
type hostFlags struct {
	socket, modules, state, store, link string
	named                               bool
}

// serveHost is a host on a socket, with a store and accounts as a real one has.
func serveHost(args []string) error {
	var f hostFlags
	set := flag.NewFlagSet("host", flag.ContinueOnError)
	set.StringVar(&f.socket, "socket", "", "where it listens")
	set.StringVar(&f.modules, "modules", "", "folder of the module programs")
	set.StringVar(&f.state, "state", "", "folder of the key, the records and the accounts' files")
	set.StringVar(&f.store, "store", "", "address of an etcd that has the records")
	set.StringVar(&f.link, "link", "lane", "lane or stream to the module processes; inside: the module Bench in this process")
	set.BoolVar(&f.named, "named", false, "callers say in their first bytes who they are")
	if err := set.Parse(args); err != nil {
		return err
	}
	door, err := f.door()
	if err != nil {
		return err
	}
	if err := startModules(door.Host); err != nil {
		return err
	}
	return accept(f.socket, func(conn net.Conn) {
		name := []byte(account)
		if f.named {
			name = make([]byte, accountLength)
			if _, err := io.ReadFull(conn, name); err != nil {
				conn.Close()
				return
			}
		}
		door.Serve(context.Background(), conn.(*net.UnixConn), call.Caller{Account: string(name)})
	})
}

func (f *hostFlags) door() (*session.Door, error) {
	records, err := f.records()
	if err != nil {
		return nil, err
	}
	folder, err := accountsFolder(f.state)
	if err != nil {
		return nil, err
	}
	core := call.Config{Store: records, Scope: store.Scope, Whole: store.Whole,
		Accounts: accounts.New(folder, accounts.NewPasswd("/etc/passwd", later), later),
		Table:    call.NewTable(hclog.NewNullLogger())}
	if f.link == "inside" {
		core.Builtin = []protocol.Module{newBenchModule()}
	} else {
		core.Source = supervise.New(supervise.Config{Folder: f.modules, Table: core.Table,
			Start: func(ctx context.Context, path string) (supervise.Child, error) {
				return startModule(ctx, path, f.link == "stream")
			}})
	}
	host, err := call.New(core)
	return &session.Door{Host: host, Limits: session.Limits{Reply: maxReply}}, err
}

// later is a clock that is ahead: a file that has just been written is read with each
// call until it is 2 s old, and the accounts' files should be like those of a host that
// has run for days.
func later() time.Time { return time.Now().Add(time.Hour) }

// records opens the store, with the record that the function ask reads.
func (f *hostFlags) records() (protocol.Storage, error) {
	if err := os.MkdirAll(f.state, 0o700); err != nil {
		return nil, err
	}
	sealed, err := openStore(f.state, f.store)
	if err != nil {
		return nil, err
	}
	_, err = store.Scope(sealed, "Bench", account).Swap(context.Background(), recordKey, 0, make([]byte, recordSize))
	if errors.Is(err, protocol.ErrConflict) { // another host of the fleet has written it
		err = nil
	}
	return sealed, err
}

// openStore opens the records of a state folder, or those at an address of etcd.
func openStore(state, where string) (protocol.Storage, error) {
	engine, err := openEngine(state, where)
	if err != nil {
		return nil, err
	}
	return store.Sealed(engine, keys.NewRing(filepath.Join(state, "liveapi.key"), rand.Reader)), nil
}

func openEngine(state, where string) (protocol.Storage, error) {
	if where != "" {
		return etcd.Open(where)
	}
	return sqlite.Open(context.Background(), filepath.Join(state, "liveapi.db"))
}

func accountsFolder(state string) (string, error) {
	folder := filepath.Join(state, "accounts")
	err := os.MkdirAll(folder, 0o700)
	for _, name := range []string{account, reader} {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name+".yaml"), []byte(accountFile), 0o600))
	}
	return folder, err
}

// startModules has the host start every program, as its first calls would.
func startModules(host *call.Host) error {
	c := host.NewCall(call.Caller{Account: account})
	c.Module, c.Function, c.API = "LiveAPI", "modules", protocol.UAPI
	result, err := host.Invoke(context.Background(), c)
	if err == nil && (result.Status != 1 || len(result.Warnings) > 0) {
		err = fmt.Errorf("the modules do not start: %q %q", result.Errors, result.Warnings)
	}
	return err
}
