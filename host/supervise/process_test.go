package supervise

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
)

// child is a module process that runs until die is called.
type child struct {
	done   chan struct{}
	once   sync.Once
	closed bool
	invoke func(context.Context, *protocol.Call) (*protocol.Result, error)
}

func (c *child) Describe(context.Context) ([]protocol.Manifest, error) { return nil, nil }
func (c *child) Done() <-chan struct{}                                 { return c.done }
func (c *child) die()                                                  { c.once.Do(func() { close(c.done) }) }
func (c *child) Close() error                                          { c.closed = true; c.die(); return nil }

func (c *child) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	return c.invoke(ctx, call)
}

// nursery starts children, and can be told to fail.
type nursery struct {
	starts   []time.Time
	children []*child
	failure  error
	delay    time.Duration
	invoke   func(*child) (*protocol.Result, error)
}

func (n *nursery) start(context.Context, string) (Child, error) {
	time.Sleep(n.delay) // synctest's clock
	n.starts = append(n.starts, time.Now())
	if n.failure != nil {
		return nil, n.failure
	}
	c := &child{done: make(chan struct{})}
	c.invoke = func(context.Context, *protocol.Call) (*protocol.Result, error) {
		if n.invoke != nil {
			return n.invoke(c)
		}
		return &protocol.Result{Status: 1}, nil
	}
	n.children = append(n.children, c)
	return c, nil
}

// supervise runs test with a process of n, on the clock of synctest.
func supervise(t *testing.T, test func(t *testing.T, n *nursery, p *process)) {
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		n := &nursery{}
		p := &process{path: path, begin: n.start, now: time.Now, log: hclog.NewNullLogger()}
		test(t, n, p)
		p.close()
	})
}

func use(p *process) error {
	_, err := p.Invoke(context.Background(), &protocol.Call{})
	return err
}

func TestProcessStartsOnFirstUseAndStaysWarm(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		if len(n.starts) != 0 {
			t.Error("it started before it was called")
		}
		for range 10 {
			if err := use(p); err != nil {
				t.Error(err)
			}
		}
		if len(n.starts) != 1 {
			t.Errorf("%d starts for 10 calls", len(n.starts))
		}
	})
}

func TestManyFirstCallsStartOneProcess(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		n.delay = 10 * time.Millisecond
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if err := use(p); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(n.starts) != 1 {
			t.Errorf("%d starts", len(n.starts))
		}
	})
}

// After the first death the next call starts it at once; then the pauses grow,
// and after five deaths within a minute there is a clear error instead.
func TestBackOffAndBreaker(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		var pauses []time.Duration
		for range 5 {
			begin := time.Now()
			if err := use(p); err != nil {
				t.Fatal(err)
			}
			pauses = append(pauses, time.Since(begin))
			n.children[len(n.children)-1].die()
		}
		want := []time.Duration{0, 0, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}
		for i := range want {
			if pauses[i] != want[i] {
				t.Errorf("the pauses are %v, want %v", pauses, want)
				break
			}
		}
		err := use(p)
		want5 := "the module process " + p.path + " has ended 5 times within a minute: the next start is in 30 s"
		if !errors.Is(err, protocol.ErrUnavailable) || err.Error() != want5 {
			t.Errorf("with the breaker open: %v", err)
		}
		time.Sleep(backOffMax) // synctest's clock
		if err := use(p); err != nil {
			t.Errorf("after the breaker's time: %v", err)
		}
		n.children[len(n.children)-1].die()
		time.Sleep(breakerSpan)
		if begin := time.Now(); use(p) != nil || time.Since(begin) != 0 {
			t.Error("old deaths still count")
		}
	})
}

func TestFailedStartsAreBounded(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		n.failure = protocol.Errorf(protocol.CodeUnavailable, "it prints nonsense")
		for range 100 {
			if err := use(p); err == nil || !strings.Contains(err.Error(), "it prints nonsense") {
				t.Fatalf("got %v", err)
			}
		}
		err := use(p)
		if text := "could not be started 5 times within a minute; the last start failed: it prints nonsense"; !strings.Contains(err.Error(), text) {
			t.Errorf("got %v", err)
		}
		if later, ok := errors.AsType[call.Later](err); !ok || later.Wait != backOffMax {
			t.Errorf("the wait is %v", later)
		}
		if len(n.starts) > breakerCount {
			t.Errorf("%d starts for 100 calls at once", len(n.starts))
		}
		n.failure = nil
		time.Sleep(breakerSpan)
		if err := use(p); err != nil {
			t.Errorf("it does not recover: %v", err)
		}
	})
}

// A program that was corrected starts at once: the pause was for the old one.
func TestChangedFileEndsThePause(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"content": func(path string) error { return os.WriteFile(path, []byte("corrected"), 0o755) },
		"mode":    func(path string) error { return os.Chmod(path, 0o700) },
		"another file": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", nil, 0o755), os.Rename(path+".new", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			supervise(t, func(t *testing.T, n *nursery, p *process) {
				n.failure = protocol.Errorf(protocol.CodeUnavailable, "its declaration is wrong")
				for range breakerCount + 1 {
					use(p)
				}
				n.failure = nil
				if err := use(p); err == nil || len(n.starts) != breakerCount {
					t.Fatalf("without a change: %v, %d starts", err, len(n.starts))
				}
				if err := change(p.path); err != nil {
					t.Fatal(err)
				}
				if begin := time.Now(); use(p) != nil || time.Since(begin) != 0 {
					t.Errorf("after the change: a wait of %v, %d starts", time.Since(begin), len(n.starts))
				}
			})
		})
	}
}

// A call that may have run is never sent again; one that was not sent is.
func TestOnlyUnsentCallsAreSentAgain(t *testing.T) {
	notSent := &protocol.Error{Code: protocol.CodeUnavailable, Err: protocol.ErrNotSent}
	for name, c := range map[string]struct {
		err    error
		starts int
		ok     bool
	}{
		"not sent":                  {notSent, 2, true},
		"effect unknown":            {protocol.ErrUnknown, 1, false},
		"the module says it itself": {protocol.ErrUnavailable, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			supervise(t, func(t *testing.T, n *nursery, p *process) {
				n.invoke = func(self *child) (*protocol.Result, error) {
					if self == n.children[0] {
						self.die()
						return nil, c.err
					}
					return &protocol.Result{Status: 1}, nil
				}
				if err := use(p); (err == nil) != c.ok {
					t.Errorf("got %v", err)
				}
				if len(n.starts) != c.starts {
					t.Errorf("%d starts, want %d", len(n.starts), c.starts)
				}
			})
		})
	}
}

func TestClosedProcessDoesNotStart(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		if err := use(p); err != nil {
			t.Fatal(err)
		}
		p.close()
		if !n.children[0].closed {
			t.Error("the child was not closed")
		}
		if err := use(p); !errors.Is(err, protocol.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCloseWaitsForAStartUnderWay(t *testing.T) {
	supervise(t, func(t *testing.T, n *nursery, p *process) {
		n.delay = time.Second
		var err error
		go func() { err = use(p) }()
		synctest.Wait()
		p.close()
		synctest.Wait()
		if err == nil || len(n.children) != 1 || !n.children[0].closed {
			t.Errorf("the child that started late still runs: %v, %v", err, n.children)
		}
	})
}
