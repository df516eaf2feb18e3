package supervise

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
)

// Child is one running module process.
type Child interface {
	protocol.Module
	Done() <-chan struct{} // closed when the process has ended
	Close() error          // stops it within a bounded time
}

// Bounds of the supervision of a process.
const (
	backOffFirst = 100 * time.Millisecond // before the restart after the second death; doubles with each
	backOffMax   = 30 * time.Second
	backOffWait  = time.Second // the longest back-off that a call waits for; before a longer one, it fails
	breakerSpan  = time.Minute
	closeWait    = 2 * time.Second // how long close waits for a start under way
	breakerCount = 5               // deaths within breakerSpan after which the pause is backOffMax
)

// process supervises one program: it starts the program on the first call, keeps
// it running, and restarts it on the next call after it has died. It implements
// protocol.Module.
type process struct {
	path  string
	begin func(ctx context.Context, path string) (Child, error)
	now   func() time.Time
	log   hclog.Logger

	// learn gets the manifests of the program after each start, before any call is
	// sent to it; after an error the calls that wait for the program fail.
	learn func(p *process, manifests []protocol.Manifest) error

	said    []protocol.Manifest // its latest manifests; Programs.mu guards it
	entered atomic.Bool         // its manifests are in the table, from the program or from the catalog

	mu      sync.Mutex
	child   Child
	pending chan struct{} // closed when the start under way has ended; nil when none is
	failure error         // why the last start failed
	deaths  []death       // the latest, at most breakerCount
	tried   fileState     // the program's file at the latest start
	closed  bool
}

// death is an end of the process, or a start that failed.
type death struct {
	at      time.Time
	started bool
}

// named reports whether the program's file has the module's name. Only the program
// itself says whether it serves the module.
func (p *process) named(module string) bool { return call.Route{File: p.path}.Named(module) }

// confirm starts the program unless it is running; the start reads its manifests.
func (p *process) confirm(ctx context.Context) error {
	_, err := p.running(ctx)
	return err
}

// Describe implements protocol.Module.
func (p *process) Describe(ctx context.Context) ([]protocol.Manifest, error) {
	child, err := p.running(ctx)
	if err != nil {
		return nil, err
	}
	return child.Describe(ctx)
}

// Invoke sends the call to the process. If the call was certainly not sent, because
// the process had just died, it is sent to the next process, 3 attempts at most;
// after any other error there is no retry.
func (p *process) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	for range 3 {
		child, err := p.running(ctx)
		if err != nil {
			return nil, err
		}
		result, err := child.Invoke(ctx, c)
		if !errors.Is(err, protocol.ErrNotSent) {
			return result, err
		}
		child.Close() // it is ending; the next one starts when it has ended
	}
	return nil, protocol.Errorf(protocol.CodeUnavailable, "the module process %s keeps ending; the log says why", p.path)
}

func over(c Child) bool {
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}

// running returns the running process, and starts one if necessary.
func (p *process) running(ctx context.Context) (Child, error) {
	p.mu.Lock()
	for {
		if p.closed {
			p.mu.Unlock()
			return nil, protocol.Errorf(protocol.CodeUnavailable, "the host is stopping")
		}
		if p.child != nil && !over(p.child) {
			defer p.mu.Unlock()
			return p.child, nil
		}
		if p.child != nil {
			p.buried()
		}
		if p.pending == nil {
			return p.start(ctx)
		}
		pending := p.pending
		p.mu.Unlock()
		select {
		case <-pending:
		case <-ctx.Done():
			return nil, &protocol.Error{Code: protocol.CodeUnavailable, Text: "the module process is still starting", Err: ctx.Err()}
		}
		p.mu.Lock()
		if p.failure != nil && p.pending == nil && p.child == nil {
			defer p.mu.Unlock()
			return nil, p.failure // this call has waited for the start that failed
		}
	}
}

// buried records the end of the child. mu is held.
func (p *process) buried() {
	child := p.child
	p.child = nil
	p.died(true)
	go child.Close() // frees its resources
}

func (p *process) died(started bool) {
	p.deaths = append(p.deaths, death{p.now(), started})
	if len(p.deaths) > breakerCount {
		p.deaths = p.deaths[1:]
	}
}

// start starts the process. It is called with mu held and returns with mu unlocked.
func (p *process) start(ctx context.Context) (Child, error) {
	wait, err := p.backOff()
	if err != nil {
		p.mu.Unlock()
		return nil, err
	}
	p.tried, _ = stateOf(p.path) // an error is the same state as no file
	done := make(chan struct{})
	p.pending, p.failure = done, nil
	p.mu.Unlock()

	child, err := p.startAfter(ctx, wait)

	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = nil
	close(done)
	if err != nil {
		p.died(false)
		p.failure = err
		p.log.Error("a module process could not be started", "file", p.path, "error", err)
		return nil, err
	}
	if p.closed {
		go child.Close()
		return nil, protocol.Errorf(protocol.CodeUnavailable, "the host is stopping")
	}
	p.child = child
	return child, nil
}

func (p *process) startAfter(ctx context.Context, wait time.Duration) (Child, error) {
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, &protocol.Error{Code: protocol.CodeUnavailable, Text: "the module process was not started in time", Err: ctx.Err()}
		}
	}
	if err := trusted(p.path); err != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "the module process was not started: %s", err)
	}
	// The start goes on when the call that began it is cancelled: other calls wait
	// for it, too.
	ctx = context.WithoutCancel(ctx)
	child, err := p.begin(ctx, p.path)
	if err != nil {
		return nil, err
	}
	manifests, err := child.Describe(ctx)
	if err == nil && p.learn != nil {
		err = p.learn(p, manifests)
	}
	if err != nil {
		go child.Close()
		return nil, err
	}
	return child, nil
}

// backOff returns how long the next start has to wait: 0 after the first death,
// then 0.1 s, 0.2 s, 0.4 s and so on. It is an error when the wait is longer than
// backOffWait. When the program's file has changed since the latest start, the deaths
// do not count: somebody has corrected it. mu is held.
func (p *process) backOff() (time.Duration, error) {
	if len(p.deaths) > 1 {
		if file, _ := stateOf(p.path); file != p.tried {
			p.deaths = nil
		}
	}
	now := p.now()
	recent, ended := 0, 0
	for _, d := range p.deaths {
		if now.Sub(d.at) < breakerSpan {
			recent++
			if d.started {
				ended++
			}
		}
	}
	if recent < 2 {
		return 0, nil
	}
	last := p.deaths[len(p.deaths)-1].at
	pause := min(backOffFirst<<(recent-2), backOffMax)
	if recent >= breakerCount {
		pause = backOffMax
	}
	wait := pause - now.Sub(last)
	if wait > backOffWait {
		return 0, &protocol.Error{Code: protocol.CodeUnavailable, Text: p.troubles(recent, ended), Err: call.Later{Wait: wait}}
	}
	return max(wait, 0), nil
}

// troubles says how often the process has ended, or could not be started, within
// breakerSpan. mu is held.
func (p *process) troubles(recent, ended int) string {
	what := "could not be started or has ended"
	switch ended {
	case 0:
		what = "could not be started"
	case recent:
		what = "has ended"
	}
	text := fmt.Sprintf("the module process %s %s %d times within a minute", p.path, what, recent)
	if p.failure != nil {
		text += "; the last start failed: " + p.failure.Error()
	}
	return text
}

// close stops the process and prevents further starts.
func (p *process) close() error {
	p.mu.Lock()
	p.closed = true
	child, pending := p.child, p.pending
	p.mu.Unlock()
	if pending != nil {
		select {
		case <-pending:
		case <-time.After(closeWait): // the kernel kills it when the host ends
		}
	}
	if child != nil {
		return child.Close()
	}
	return nil
}
