package modulerpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

func TestDescribe(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		if p.Lane() == cfg.NoLane {
			t.Errorf("lane in use: %v, with NoLane %v", p.Lane(), cfg.NoLane)
		}
		got, _ := p.Describe(context.Background())
		want, _ := probe{}.Describe(context.Background())
		for i := range want {
			want[i] = want[i].Complete()
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the manifest changed on its way:\n%+v\n%+v", got, want)
		}
	})
}

func TestResultsTravelWhole(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		if got := string(invoke(t, p, "echo", `{"n": 1.0,"u":"\u00e9"}`, nil).Data); got != `{"n": 1.0,"u":"\u00e9"}` {
			t.Errorf("the arguments changed on their way: %s", got)
		}
		want := &protocol.Result{Errors: []string{"e", "bad \uFFFD utf-8"}, Messages: []string{"m"}, Warnings: []string{"w"},
			Metadata: map[string]json.RawMessage{"k": json.RawMessage(`{"v":1}`)}}
		if got := invoke(t, p, "full", "", nil); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := string(invoke(t, p, "call", "", nil).Data); got != `{"account":"alice","api":3,"id":"12345678-2a","left":true,"module":"Probe"}` {
			t.Errorf("the call changed on its way: %s", got)
		}
		large := `"` + strings.Repeat("x", 3<<20) + `"`
		if got := invoke(t, p, "echo", large, nil); string(got.Data) != large {
			t.Errorf("3 MiB came back as %d bytes", len(got.Data))
		}
	})
}

func TestOnlyCodedErrorsTravel(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		log, logger := newLog()
		cfg.Log = logger
		p := startModule(t, cfg)
		_, err := p.Invoke(context.Background(), newCall("coded", "", nil))
		if !errors.Is(err, protocol.ErrFull) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("coded: %v", err)
		}
		_, err = p.Invoke(context.Background(), newCall("uncoded", "", nil))
		if protocol.CodeOf(err) != protocol.CodeInternal || strings.Contains(err.Error(), "secret") {
			t.Errorf("uncoded: %v", err)
		}
		if got := log.waitFor("a secret of the module"); !strings.Contains(got, "12345678-2a") {
			t.Errorf("the log does not name the call: %s", got)
		}
	})
}

// 64 callers with answers of their own, at the same time: none mixed up.
func TestManyCallsAtOnce(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		var wg sync.WaitGroup
		for caller := range 64 {
			wg.Go(func() {
				for n := range 200 {
					want := fmt.Sprintf(`{"caller":%d,"n":%d,"pad":%q}`, caller, n, strings.Repeat("p", n*n%3000))
					r, err := p.Invoke(context.Background(), newCall("echo", want, nil))
					if err != nil || string(r.Data) != want {
						t.Errorf("caller %d, call %d: %v, %v", caller, n, r, err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

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

func TestDeadline(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		call := newCall("hang", "", nil)
		call.Deadline = time.Now().Add(50 * time.Millisecond)
		_, err := p.Invoke(context.Background(), call)
		if !errors.Is(err, protocol.ErrUnknown) {
			t.Errorf("got %v, want an error that says that the effect is not known", err)
		}
		// The function still hangs; the module answers others.
		if got := string(invoke(t, p, "echo", `1`, nil).Data); got != "1" {
			t.Errorf("got %s", got)
		}
	})
}

// A function that notices the deadline first says no other thing than the host would.
func TestFunctionNoticesTheDeadline(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		for range 20 {
			call := newCall("wait", "", nil)
			call.Deadline = time.Now().Add(2 * time.Millisecond)
			if _, err := p.Invoke(context.Background(), call); !errors.Is(err, protocol.ErrUnknown) {
				t.Fatalf("got %v", err)
			}
		}
	})
}

func TestCallerGivesUp(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := p.Invoke(ctx, newCall("wait", "", nil))
		if !errors.Is(err, protocol.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := string(invoke(t, p, "echo", `1`, nil).Data); got != "1" {
			t.Errorf("got %s", got)
		}
	})
}

// A function that takes its time holds up no other, on the lane neither.
func TestSlowFunctionBlocksNoOther(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		slow := make(chan error)
		go func() {
			call := newCall("hang", "", nil)
			call.Deadline = time.Now().Add(time.Second)
			_, err := p.Invoke(context.Background(), call)
			slow <- err
		}()
		for n := 0; ; n++ {
			select {
			case <-slow:
				if n < 20 {
					t.Errorf("%d calls were answered beside a hanging one", n)
				}
				return
			default:
				invoke(t, p, "echo", `1`, nil)
			}
		}
	})
}

// Functions that wait do so together: each of these returns only once all run.
func TestWaitingFunctionsWaitTogether(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		const callers = 64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if _, err := p.Invoke(context.Background(), newCall("meet", strconv.Itoa(callers), nil)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// A function that computes and never waits does not hold up the call that ends it.
func TestComputingFunctionBlocksNoOther(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		cfg.Env = append(cfg.Env, "GOMAXPROCS=1")
		p := startModule(t, cfg)
		done := make(chan error)
		go func() {
			_, err := p.Invoke(context.Background(), newCall("spin", "", nil))
			done <- err
		}()
		invoke(t, p, "echo", "1", nil)
		invoke(t, p, "release", "", nil)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A function that has read for its first response does not read for the second:
// another goroutine has to.
func TestRequestWithAnotherContext(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		invoke(t, p, "derived", "", services{})
	})
}

// Requests to the host, of functions that also have other goroutines and of a
// function whose goroutine reads for its response, beside calls that wait and
// calls that do not.
func TestRequestsBesideOtherCalls(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		functions := []string{"get", "parallel", "echo", "list", "other", "account", "swap"}
		host := services{asks: make(chan string, 1000)}
		var wg sync.WaitGroup
		for caller := range 16 {
			wg.Go(func() {
				for n := range 40 {
					function := functions[(caller+n)%len(functions)]
					if _, err := p.Invoke(context.Background(), newCall(function, "1", host)); err != nil {
						t.Errorf("%s: %v", function, err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

func BenchmarkInvoke(b *testing.B) {
	for name, noLane := range map[string]bool{"lane": false, "stream": true} {
		b.Run(name, func(b *testing.B) {
			p := startModule(b, modulerpc.Config{Path: self(b), NoLane: noLane})
			call := newCall("echo", `{"name":"value"}`, nil)
			b.ReportAllocs()
			for b.Loop() {
				call.Deadline = time.Now().Add(30 * time.Second)
				if _, err := p.Invoke(context.Background(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A response that waits for others to leave with must not wait for ever when
// what comes next is not a call but the host's answer to a request.
func TestResponseBeforeAnAnswerLeaves(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for n := range 300 {
					function := []string{"linger", "echo", "get"}[n%3]
					if _, err := p.Invoke(context.Background(), newCall(function, "", services{})); err != nil {
						t.Errorf("%s: %v", function, err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}
