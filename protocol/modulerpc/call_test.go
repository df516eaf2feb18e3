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
