package modulerpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

// The test binary is also the module process: its first argument says which.
func TestMain(m *testing.M) {
	if !modulerpc.Launched() {
		if len(os.Args) > 2 && os.Args[1] == "host" {
			beHost(os.Args[2])
		}
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "garbage":
		fmt.Println("Segmentation fault? No: somebody prints before the handshake.")
		time.Sleep(time.Minute)
	case "old": // what a module of the first version prints
		fmt.Println("1|1|unix|/nowhere|grpc")
		time.Sleep(time.Minute)
	case "endless":
		for line := bytes.Repeat([]byte{'x'}, 64<<10); ; {
			os.Stdout.Write(line)
		}
	case "talks":
		modulerpc.NewLogger("talks").Error("cannot start", "error", "the window is 7; 0 and 1 are allowed")
		os.Exit(1)
	case "mute":
		os.Exit(3)
	}
	modulerpc.Serve(probe{}, modulerpc.NewLogger("probe"))
}

// probe is a module whose functions show what the transport does.
type probe struct{}

func (probe) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{
		Module: "Probe", Doc: "Shows what the transport does.", Version: "1",
		Functions: []protocol.Function{{Name: "echo", Doc: "d", API: protocol.UAPI,
			Params: []protocol.Field{{Name: "p", Doc: "q", Type: "string", Required: true, List: true, Secret: true}},
			Returns: protocol.Field{
				Type:   protocol.TypeObject,
				List:   true,
				Fields: []protocol.Field{{Name: "r", Doc: "s", Type: "number"}},
			},
			NeedsFeature: "f", AllowDemo: true, ReadOnly: true},
			{Name: "prefetching", Doc: "d", Prefetch: protocol.Prefetch{Account: true, Records: []string{"k", "/w", "missing"}}}},
	}}, nil
}

func (probe) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	storage := call.Host.Storage()
	switch call.Function {
	case "echo":
		return &protocol.Result{Status: 1, Data: call.Args}, nil
	case "large": // a text of so many bytes
		size, err := strconv.Atoi(string(call.Args))
		return &protocol.Result{Status: 1, Data: large(size)}, err
	case "full":
		return &protocol.Result{Errors: []string{"e", "bad \xff utf-8"}, Messages: []string{"m"}, Warnings: []string{"w"},
			Metadata: map[string]json.RawMessage{"k": json.RawMessage(`{"v":1}`)}}, nil
	case "call":
		return encode(map[string]any{"id": call.ID.String(), "account": call.Account, "module": call.Module, "api": call.API,
			"left": time.Until(call.Deadline) > time.Second})
	case "coded":
		return nil, &protocol.Error{Code: protocol.CodeFull, Text: "full", Err: errors.New("hidden")}
	case "uncoded":
		return nil, errors.New("a secret of the module")
	case "hang":
		<-ctx.Done()
		time.Sleep(time.Minute) // deaf to its context, too
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "prefetching":
		return prefetching(ctx, call)
	case "meet":
		return meet(ctx, call.Args)
	case "spin":
		for !released.Load() && ctx.Err() == nil {
		}
		return &protocol.Result{Status: 1}, ctx.Err()
	case "release":
		released.Store(true)
		return &protocol.Result{Status: 1}, nil
	case "parallel":
		return parallel(ctx, storage)
	case "derived":
		own, cancel := context.WithCancel(ctx)
		defer cancel()
		_, first := storage.Get(ctx, "k")
		_, second := storage.Get(own, "k")
		return &protocol.Result{Status: 1}, errors.Join(first, second)
	case "get":
		r, err := storage.Get(ctx, "k")
		return encodeOr(r, err)
	case "swap":
		v, err := storage.Swap(ctx, "k", 7, []byte{})
		return encodeOr(v, err)
	case "delete":
		v, err := storage.Swap(ctx, "k", 7, nil)
		return encodeOr(v, err)
	case "list":
		l, err := storage.List(ctx, "p", "a", 3)
		return encodeOr(l, err)
	case "another":
		a, err := call.Host.Account(ctx, "bob")
		return encodeOr(a, err)
	case "whole":
		whole := call.Host.Whole()
		r, err := whole.Get(ctx, "k")
		v, swapped := whole.Swap(ctx, "k", 7, nil)
		l, listed := whole.List(ctx, "p", "a", 3)
		return encodeOr([]any{r.Key, v, l[0].Key}, errors.Join(err, swapped, listed))
	case "account":
		a, err := call.Host.Account(ctx, "")
		return encodeOr(a, err)
	case "other":
		return call.Host.Invoke(ctx, "Other", "f", call.Args)
	case "linger":
		go func() {
			<-ctx.Done() // the call is over
			var err error
			for err == nil { // until the host has seen the end of the call, too
				_, err = storage.Get(context.Background(), "k")
			}
			os.Stderr.WriteString("lingered: " + err.Error() + "\n")
		}()
		return &protocol.Result{Status: 1}, nil
	case "surroundings":
		in, _ := os.Readlink("/proc/self/fd/0")
		dir, _ := os.Getwd()
		return encode(map[string]any{"stdin": in, "env": os.Environ(), "dir": dir, "group": syscall.Getpgrp() == os.Getpid()})
	case "print":
		fmt.Println("a stray print")
		syscall.Write(1, []byte("a stray write\n"+strings.Repeat("x", 1<<20)))
		return &protocol.Result{Status: 1}, nil
	case "die":
		os.Exit(9)
	}
	return nil, protocol.ErrNotFound
}

// large is a JSON text of so many bytes, made once for each number of them.
func large(size int) json.RawMessage {
	kept, _ := texts.LoadOrStore(size, json.RawMessage(`"`+strings.Repeat("x", size)+`"`))
	return kept.(json.RawMessage)
}

// What the functions of one module process share.
var (
	texts    sync.Map // of large
	released atomic.Bool
	meeting  = struct {
		sync.Mutex
		here int
		full chan struct{}
	}{full: make(chan struct{})}
)

// prefetching reads the account and the records that arguments name, with a change
// where they say "change", and returns what it got.
func prefetching(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	var steps []string
	if err := json.Unmarshal(call.Args, &steps); err != nil {
		return nil, err
	}
	got := []string{}
	for _, step := range steps {
		switch {
		case step == "account":
			a, err := call.Host.Account(ctx, "")
			if err != nil {
				return nil, err
			}
			step = a.Name
		case step == "change":
			if _, err := call.Host.Storage().Swap(ctx, "other", 7, nil); err != nil {
				return nil, err
			}
		default:
			storage := call.Host.Storage()
			if strings.HasPrefix(step, "/") {
				storage = call.Host.Whole()
			}
			r, err := storage.Get(ctx, step)
			step = fmt.Sprint(r.Key, " ", r.Version)
			if err != nil {
				step = err.Error()
			}
		}
		got = append(got, step)
	}
	return encode(got)
}

// meet returns once as many calls of it run as the arguments say.
func meet(ctx context.Context, args json.RawMessage) (*protocol.Result, error) {
	want, err := strconv.Atoi(string(args))
	if err != nil {
		return nil, err
	}
	meeting.Lock()
	if meeting.here++; meeting.here == want {
		close(meeting.full)
	}
	meeting.Unlock()
	select {
	case <-meeting.full:
		return &protocol.Result{Status: 1}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// parallel asks the host from several goroutines at once, with the context of
// the call and with one of its own, and itself only waits for them.
func parallel(ctx context.Context, storage protocol.Storage) (*protocol.Result, error) {
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for n := range errs {
		wg.Go(func() {
			own, cancel := ctx, func() {}
			if n%2 == 1 {
				own, cancel = context.WithCancel(ctx)
			}
			defer cancel()
			for range 5 {
				_, err := storage.Get(own, "k")
				errs[n] = errors.Join(errs[n], err)
			}
		})
	}
	wg.Wait()
	return &protocol.Result{Status: 1}, errors.Join(errs...)
}

func encode(v any) (*protocol.Result, error) {
	data, err := json.Marshal(v)
	return &protocol.Result{Status: 1, Data: data}, err
}

func encodeOr(v any, err error) (*protocol.Result, error) {
	if err != nil {
		return nil, err
	}
	return encode(v)
}

// links runs a test over both links.
func links(t *testing.T, test func(t *testing.T, cfg modulerpc.Config)) {
	for name, noLane := range map[string]bool{"lane": false, "stream": true} {
		t.Run(name, func(t *testing.T) { test(t, modulerpc.Config{Path: self(t), NoLane: noLane}) })
	}
}

func self(t testing.TB) string {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func startModule(t testing.TB, cfg modulerpc.Config) *modulerpc.Process {
	t.Helper()
	if cfg.Args == nil {
		cfg.Args = []string{"serve"}
	}
	p, err := modulerpc.Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func newCall(function, args string, services protocol.Services) *protocol.Call {
	return &protocol.Call{ID: 0x12345678_0000002a, Account: "alice", Module: "Probe", Function: function, API: protocol.UAPI,
		Args: json.RawMessage(args), Deadline: time.Now().Add(30 * time.Second), Host: services}
}

func invoke(t testing.TB, p *modulerpc.Process, function, args string, services protocol.Services) *protocol.Result {
	t.Helper()
	r, err := p.Invoke(context.Background(), newCall(function, args, services))
	if err != nil {
		t.Fatalf("%s: %v", function, err)
	}
	return r
}

// logBuffer is a log that tests can wait on.
type logBuffer struct {
	mu    sync.Mutex
	cond  *sync.Cond
	lines strings.Builder
}

func newLog() (*logBuffer, hclog.Logger) {
	b := &logBuffer{}
	b.cond = sync.NewCond(&b.mu)
	return b, hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: b})
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cond.Broadcast()
	return b.lines.Write(p)
}

// waitFor returns once the log contains text; the test's own time limit ends a vain wait.
func (b *logBuffer) waitFor(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !strings.Contains(b.lines.String(), text) {
		b.cond.Wait()
	}
	return b.lines.String()
}
