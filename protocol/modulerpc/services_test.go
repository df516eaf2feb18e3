package modulerpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

// services is what a host would offer; it records what it is asked.
type services struct {
	err   error
	asks  chan string
	whole string // before the keys of answers about the module's whole data
}

func (s services) Storage() protocol.Storage { return s }

func (s services) Whole() protocol.Storage {
	s.whole = "whole "
	return s
}

func (s services) Get(_ context.Context, key string) (protocol.Record, error) {
	return protocol.Record{Key: s.whole + key, Version: 5, Value: []byte{}}, s.err
}

func (s services) Swap(_ context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	s.asks <- fmt.Sprintf("%s%s %d %v", s.whole, key, old, value == nil)
	return old + 1, s.err
}

func (s services) List(_ context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	return []protocol.Record{{Key: fmt.Sprint(s.whole, prefix, after, limit), Version: 1 << 60, Value: []byte("v")}}, s.err
}

func (s services) Invoke(_ context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	return &protocol.Result{Status: 1, Data: json.RawMessage(fmt.Sprintf(`["%s","%s",%s]`, module, function, args))}, s.err
}

// account has every member filled; the host offers it as it is.
var account = protocol.Account{
	Name: "alice", UID: 1000, GID: -1, Home: "/home/alice", Shell: "/bin/sh",
	Domains: []protocol.Domain{
		{Name: "example.com", Kind: protocol.MainDomain, Root: "/home/alice/public_html"},
		{Name: "shop.test", Kind: protocol.AddonDomain, Root: "/home/alice/shop", Under: "shop.example.com"},
	},
	Features: protocol.Features{Only: []string{}, Except: []string{"ssl"}}, Demo: true, Reseller: true,
	Owner: "root", Plan: "small", IP: "192.0.2.1", Locale: "en", Theme: "plain", Contact: []string{"a@example.com", "b@example.com"},
}

func (s services) Account(_ context.Context, name string) (*protocol.Account, error) {
	if name != "" {
		return &protocol.Account{Name: name}, s.err
	}
	return &account, s.err
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestServices(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		host := services{asks: make(chan string, 2)}
		for function, want := range map[string]string{
			"get":     `{"Key":"k","Version":5,"Value":""}`,
			"swap":    `8`,
			"delete":  `8`,
			"list":    `[{"Key":"pa3","Version":1152921504606846976,"Value":"dg=="}]`,
			"other":   `["Other","f",{"a":1}]`,
			"account": string(must(json.Marshal(account))),
			"another": string(must(json.Marshal(protocol.Account{Name: "bob"}))),
		} {
			if got := string(invoke(t, p, function, `{"a":1}`, host).Data); got != want {
				t.Errorf("%s: got %s, want %s", function, got, want)
			}
		}
		asked := []string{<-host.asks, <-host.asks}
		if got := string(invoke(t, p, "whole", "", host).Data); got != `["whole k",8,"whole pa3"]` || <-host.asks != "whole k 7 true" {
			t.Errorf("of the module's whole data: got %s", got)
		}
		if !(asked[0] == "k 7 false" && asked[1] == "k 7 true" || asked[1] == "k 7 false" && asked[0] == "k 7 true") {
			t.Errorf("an empty value and a deletion look alike: %q", asked)
		}
		for _, code := range []error{protocol.ErrNotFound, protocol.ErrConflict, protocol.ErrUnknown, protocol.ErrFull} {
			_, err := p.Invoke(context.Background(), newCall("get", "", services{err: code}))
			if !errors.Is(err, code) {
				t.Errorf("%v became %v", code, err)
			}
		}
	})
}

// counting are services of which every reading of a record has a version of its own,
// and which have no record "missing".
type counting struct {
	services
	reads, accounts *atomic.Uint64
}

func (c counting) Storage() protocol.Storage { return c }
func (c counting) Whole() protocol.Storage   { return c }

func (c counting) Get(_ context.Context, key string) (protocol.Record, error) {
	n := c.reads.Add(1)
	if key == "missing" {
		return protocol.Record{}, protocol.ErrNotFound
	}
	return protocol.Record{Key: key, Version: protocol.Version(n), Value: []byte("v")}, nil
}

func (c counting) Account(ctx context.Context, name string) (*protocol.Account, error) {
	c.accounts.Add(1)
	return c.services.Account(ctx, name)
}

// What a function's manifest wants comes with the call: the function is given each
// record once, as it was then, and asks for it after a change.
func TestPrefetch(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		for steps, c := range map[string]struct {
			want            string
			reads, accounts uint64
		}{
			`[]`:                            {`[]`, 3, 1}, // k, /w and missing, before the call
			`["account","account"]`:         {`["alice","alice"]`, 3, 1},
			`["k","/w","missing"]`:          {`["k 1","/w 2","not found"]`, 3, 1},
			`["k","k","missing","missing"]`: {`["k 1","k 4","not found","not found"]`, 5, 1},
			`["k","change","/w","missing","account"]`: {`["k 1","change","/w 4","not found","alice"]`, 5, 2},
			`["another"]`: {`["another 4"]`, 4, 1},
		} {
			host := counting{services{asks: make(chan string, 9)}, new(atomic.Uint64), new(atomic.Uint64)}
			got := string(invoke(t, p, "prefetching", steps, host).Data)
			if got != c.want || host.reads.Load() != c.reads || host.accounts.Load() != c.accounts {
				t.Errorf("%s: got %s by %d reads and %d looks at the account, want %s by %d and %d",
					steps, got, host.reads.Load(), host.accounts.Load(), c.want, c.reads, c.accounts)
			}
		}
		// What the host cannot read, the function asks for, and learns why.
		failing := services{err: protocol.ErrFull}
		if _, err := p.Invoke(context.Background(), newCall("prefetching", `["account"]`, failing)); !errors.Is(err, protocol.ErrFull) {
			t.Errorf("an account that cannot be read: %v", err)
		}
	})
}

// blocked is a host whose store does not respond until its caller gives up.
type blocked struct{ services }

func (b blocked) Storage() protocol.Storage { return b }

func (blocked) Get(ctx context.Context, _ string) (protocol.Record, error) {
	<-ctx.Done()
	return protocol.Record{}, ctx.Err()
}

// A read for a function, which the goroutine of its call serves, ends with the call's
// deadline; other calls go on meanwhile.
func TestReadEndsWithTheDeadline(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		done := make(chan error)
		go func() {
			call := newCall("get", "", blocked{})
			call.Deadline = time.Now().Add(200 * time.Millisecond)
			_, err := p.Invoke(context.Background(), call)
			done <- err
		}()
		for n := 0; ; n++ {
			select {
			case err := <-done:
				if err == nil || n == 0 {
					t.Errorf("got %v, and %d other calls", err, n)
				}
				return
			default:
				invoke(t, p, "echo", "1", nil)
			}
		}
	})
}

// A module that keeps a call's services beyond the call gets nothing from them.
func TestServicesEndWithTheCall(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		log, logger := newLog()
		cfg.Log = logger
		p := startModule(t, cfg)
		invoke(t, p, "linger", "", services{})
		// Somebody has to be in a call for the lane to be read.
		done := make(chan struct{})
		var reading sync.WaitGroup
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					invoke(t, p, "echo", "", nil)
				}
			}
		})
		defer reading.Wait()
		defer close(done)
		log.waitFor("lingered: the call that this request belongs to has ended")
	})
}
