package modulerpc

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// serving is one call in a module: its context, and what the host offers
// during it (protocol.Services; its storage is in storage.go).
type serving struct {
	ctx     callContext
	session *session
	id      uint32
	call    protocol.Call

	// detached is set once another goroutine has taken over the reading that
	// the one which runs this call was doing.
	detached atomic.Bool
}

// maxWait is how long a response may wait for others to leave with.
const maxWait = 50 * time.Microsecond

// runInline runs the call in the reading goroutine and reports whether that
// one is to go on reading. While further calls are at hand, responses gather
// and leave with one write(2).
func (c *serving) runInline() bool {
	s := c.session
	s.watch.start(c)
	response := c.run()
	if !c.detached.CompareAndSwap(false, true) {
		c.respond(response)
		return false
	}
	if err := s.lane.queue(response); err != nil {
		c.respond(response)
	}
	switch now := time.Now(); {
	case s.waitsSince.IsZero():
		s.waitsSince = now
	case now.Sub(s.waitsSince) >= maxWait:
		s.waitsSince = time.Time{}
		s.lane.flush(false) // a broken lane ends the next read
	}
	return true
}

// detach passes the reading on, if this call holds it up.
func (c *serving) detach() {
	if s := c.session; s.lane != nil && c.detached.CompareAndSwap(false, true) {
		s.waitsSince = time.Time{}
		go s.run()
		s.lane.flush(false) // what waits must not wait for this call
	}
}

// run returns the response to the call.
func (c *serving) run() *pb.Frame {
	s := c.session
	result, err := s.module.Invoke(&c.ctx, &c.call)
	if ended := c.ctx.Err(); ended != nil && errors.Is(err, ended) {
		// The host's own clock may be a moment behind.
		err = &protocol.Error{Code: protocol.CodeUnknown, Text: errLate.Text, Err: err}
	}
	c.ctx.cancel(context.Canceled)
	s.mu.Lock()
	delete(s.calls, c.id)
	s.mu.Unlock()
	return c.response(result, err)
}

// respond sends the response, or says that it cannot be sent: it is larger than
// the link allows, most likely.
func (c *serving) respond(response *pb.Frame) {
	if err := c.session.link.send(response); err != nil {
		c.session.log.Error("a result could not be sent", "call", c.call.ID.String(), "error", err)
		c.session.link.send(answer(c.id, nil, protocol.Errorf(protocol.CodeUnknown, "the module's result could not be sent; its log says why")))
	}
}

func (c *serving) response(result *protocol.Result, err error) *pb.Frame {
	if err == nil && result == nil {
		err = errors.New("the module returned neither a result nor an error")
	}
	if err != nil {
		if protocol.CodeOf(err) == protocol.CodeInternal {
			c.session.log.Error(
				"a call failed",
				"call",
				c.call.ID.String(),
				"module",
				c.call.Module,
				"function",
				c.call.Function,
				"error",
				err,
			)
		}
		return answer(c.id, nil, err)
	}
	return &pb.Frame{Id: c.id, Body: &pb.Frame_Result{Result: resultToWire(result)}}
}

// Account implements protocol.Services.
func (c *serving) Account(ctx context.Context, name string) (*protocol.Account, error) {
	f, err := c.ask(ctx, &pb.Frame{Body: &pb.Frame_AskAccount{AskAccount: &pb.AskAccount{Name: text(name)}}})
	if err != nil {
		return nil, err
	}
	if f.GetAccount() == nil {
		return nil, protocol.Errorf(protocol.CodeInternal, "the host's answer holds no account")
	}
	return accountFromWire(f.GetAccount()), nil
}

// Invoke implements protocol.Services.
func (c *serving) Invoke(ctx context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	f, err := c.ask(ctx, &pb.Frame{Body: &pb.Frame_CallOther{CallOther: &pb.Invoke{Module: module, Function: function, Args: args}}})
	if err != nil {
		return nil, err
	}
	return resultFromWire(f.GetResult()), nil
}

// ask sends a request to the host and waits for the response.
func (c *serving) ask(ctx context.Context, f *pb.Frame) (*pb.Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, &protocol.Error{Code: protocol.CodeUnavailable, Text: "the call has ended; the host was not asked", Err: err}
	}
	c.detach() // somebody has to read the response
	ch := make(chan *pb.Frame, 1)
	f.Id, f.Call = c.session.enter(ch), c.id
	if err := c.session.link.send(f); err != nil {
		c.session.leave(f.Id)
		return nil, &protocol.Error{Code: protocol.CodeUnknown, Text: "the request could not be sent to the host", Err: err}
	}
	select {
	case response := <-ch:
		return response, responseError(response)
	case <-ctx.Done():
		c.session.leave(f.Id)
		return nil, &protocol.Error{Code: protocol.CodeUnknown, Text: "the host has not answered in time", Err: ctx.Err()}
	}
}

func responseError(f *pb.Frame) error {
	if body, ok := f.Body.(*pb.Frame_Error); ok {
		return errorFromWire(body.Error)
	}
	return nil
}

func (s *session) enter(ch chan *pb.Frame) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next++; s.next == 0 || s.pending[s.next] != nil; s.next++ {
	}
	s.pending[s.next] = ch
	return s.next
}

func (s *session) leave(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// handOver is how long a function may hold up the reading of further calls.
const handOver = 2 * time.Millisecond

// idleTicks is after how many ticks without a new call the watchdog sleeps.
const idleTicks = 100

// watchdog passes the reading on when a function that runs in the reading
// goroutine takes longer than [handOver]. It sleeps while nothing runs.
type watchdog struct {
	current atomic.Pointer[serving]
	asleep  atomic.Bool
	wake    chan struct{}
}

func newWatchdog(over <-chan struct{}) *watchdog {
	w := &watchdog{wake: make(chan struct{}, 1)}
	w.asleep.Store(true)
	go w.run(over)
	return w
}

// start tells the watchdog which call is about to run.
func (w *watchdog) start(c *serving) {
	w.current.Store(c)
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

func (w *watchdog) run(over <-chan struct{}) {
	tick := time.NewTicker(handOver)
	defer tick.Stop()
	var last *serving
	for idle := 0; ; idle++ {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		c := w.current.Load()
		if c != last {
			last, idle = c, 0
			continue
		}
		if c != nil {
			c.detach() // has no effect on a call that has ended
		}
		if idle >= idleTicks {
			tick.Stop()
			w.sleep(over, last)
			tick.Reset(handOver)
		}
	}
}

// sleep waits for a call other than last to begin.
func (w *watchdog) sleep(over <-chan struct{}, last *serving) {
	w.asleep.Store(true)
	if w.current.Load() != last && w.asleep.CompareAndSwap(true, false) {
		return // it began before it could see that we sleep
	}
	select {
	case <-over:
	case <-w.wake:
	}
}
