package modulerpc

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// conn is the host's side of a link: it matches responses to the calls that
// wait for them.
//
// On the lane no goroutine only reads. Of the goroutines that wait for a response,
// one reads for all of them: the leader. When its own response has arrived and
// nothing else is buffered, another waiting goroutine becomes the leader. So a lone
// call needs no switch between goroutines. The recv of a stream cannot be
// interrupted, so a stream has one goroutine that always leads.
//
// During a call the module may read from the host (an account, records). The
// goroutine of that call serves such a read, because it only waits otherwise.
type conn struct {
	link link
	lane *lane // the same link when it is a lane, else nil

	mu      sync.Mutex
	waiters map[uint32]*waiter
	next    uint32
	leading bool
	err     error // why no further call is possible

	deadlines *time.Timer // fires at or before the earliest deadline; nil until first used
	fires     time.Time   // when; zero when not armed

	requests chan struct{} // slots for requests of the module that are served
	accepted atomic.Int64  // those and the ones that wait for a slot
	onLate   func()        // a call has passed its deadline; called without mu
	onFail   func()        // the link has failed
}

// waiter is one request of the host in flight.
type waiter struct {
	request  frame
	call     *protocol.Call // the module may use its services meanwhile; nil for a ping
	deadline time.Time
	ready    chan struct{} // holds one signal: check the state again

	// guarded by conn.mu
	leader bool
	done   bool
	frame  frame
	err    error
	asked  *pb.Frame // a request of the module that this call's goroutine is to serve
	busy   bool      // it is serving one
}

var errLate = protocol.Errorf(protocol.CodeUnknown, "the module did not respond in time")

func newConn(l link, onLate, onFail func()) *conn {
	c := &conn{link: l, waiters: make(map[uint32]*waiter), requests: make(chan struct{}, maxRequests), onLate: onLate, onFail: onFail}
	if lane, ok := l.(*lane); ok {
		c.lane = lane
	} else {
		c.leading = true
		go c.lead(nil)
	}
	return c
}

// roundTrip sends w's request under a new id and returns the response.
func (c *conn) roundTrip(ctx context.Context, w *waiter) (frame, error) {
	w.ready = make(chan struct{}, 1)
	id, others, err := c.register(w)
	if err != nil {
		return frame{}, err
	}
	w.request.id = id
	if err := c.send(w.request, others); err != nil {
		c.withdraw(id)
		if c.lane != nil && !errors.Is(err, errUnfit) || errors.Is(err, io.EOF) {
			c.fail(err) // the reader may not have noticed yet
		}
		if c.failed() == nil { // the link works: only this frame could not be sent
			return frame{}, &protocol.Error{Code: protocol.CodeInvalid, Err: err,
				Text: "the call could not be sent to the module: it is larger than 16 MiB, or a name in it is not valid UTF-8"}
		}
		return frame{}, &protocol.Error{Code: protocol.CodeUnknown, Text: "the module process ended during the call", Err: err}
	}
	return c.await(ctx, id, w)
}

// send sends f. others says that further calls are in flight.
func (c *conn) send(f frame, others bool) error {
	if c.lane == nil {
		return c.link.send(f)
	}
	if err := c.lane.queue(f); err != nil {
		return err
	}
	return c.lane.flush(others)
}

// register adds w under a new id, and reports whether there are other waiters.
func (c *conn) register(w *waiter) (id uint32, others bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, false, &protocol.Error{
			Code: protocol.CodeUnavailable,
			Text: "the module process has ended",
			Err:  errors.Join(protocol.ErrNotSent, c.err),
		}
	}
	for c.next++; c.next == 0 || c.waiters[c.next] != nil; c.next++ {
	}
	others = len(c.waiters) > 0
	c.waiters[c.next] = w
	c.arm(w.deadline)
	return c.next, others, nil
}

// withdraw removes a waiter. Its response is dropped if it still comes (W11).
func (c *conn) withdraw(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiters, id)
	c.passOn()
}

func (c *conn) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *conn) await(ctx context.Context, id uint32, w *waiter) (frame, error) {
	for {
		c.mu.Lock()
		switch {
		case w.done:
			c.passOn() // it may have been woken to lead
			c.mu.Unlock()
			c.refuse(w.asked)
			return w.frame, w.err
		case w.asked != nil:
			f := w.asked
			w.asked, w.busy = nil, true
			c.passOn() // likewise
			c.mu.Unlock()
			c.serveWithin(f, w)
			continue
		case !c.leading && ctx.Done() == nil:
			c.leading, w.leader = true, true
			c.mu.Unlock()
			c.lead(w)
			continue
		case !c.leading:
			// A call that can be cancelled must not block in read(2).
			c.leading = true
			go c.lead(nil)
		}
		c.mu.Unlock()
		select {
		case <-w.ready:
		case <-ctx.Done():
			c.withdraw(id)
			c.refuse(w.asked)
			c.link.send(message(&pb.Frame{Id: id, Body: &pb.Frame_Cancel{Cancel: &pb.Cancel{}}}))
			return frame{}, &protocol.Error{Code: protocol.CodeUnknown, Text: "the call was cancelled", Err: ctx.Err()}
		}
	}
}

// lead reads and delivers frames until own has its response or a request to serve.
// If own is nil, it leads until nobody waits (lane) or until the link ends (stream).
func (c *conn) lead(own *waiter) {
	for {
		f, err := c.link.recv()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.lane.resume()
		} else if err != nil {
			c.fail(err)
			return
		} else {
			c.deliver(f)
		}
		if c.lane != nil && !c.lane.more() && c.leave(own) {
			return
		}
	}
}

// leave ends the leader's task if that is allowed now.
func (c *conn) leave(own *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own != nil && !own.done && own.asked == nil || own == nil && len(c.waiters) > 0 {
		return false
	}
	c.leading = false
	if own != nil {
		own.leader = false
	}
	c.passOn()
	return true
}

// passOn wakes one waiter to lead if there is no leader. mu is held.
func (c *conn) passOn() {
	if c.leading {
		return
	}
	for _, w := range c.waiters {
		w.signal()
		return
	}
}

func (w *waiter) signal() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// deliver passes a frame to its waiter. A response without a waiter is dropped.
func (c *conn) deliver(f frame) {
	c.mu.Lock()
	if f.isResponse() {
		if w := c.waiters[f.id]; w != nil {
			c.finish(f.id, w, f, nil)
		}
		c.mu.Unlock()
		return
	}
	request := f.other
	w := c.waiters[request.GetCall()]
	within := servable(w) && w.asked == nil && !w.busy && reads(request)
	if within {
		if w.asked = request; !w.leader {
			w.signal()
		}
	}
	c.mu.Unlock()
	if !within {
		c.accept(request, w)
	}
}

// finish completes a waiter. mu is held.
func (c *conn) finish(id uint32, w *waiter, f frame, err error) {
	delete(c.waiters, id)
	w.frame, w.err, w.done = f, err, true
	if !w.leader {
		w.signal()
	}
}

// fail ends the connection: every call in flight gets its one error.
func (c *conn) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = cause
		go c.onFail()
	}
	c.leading = true // nothing is left to read
	for id, w := range c.waiters {
		c.finish(id, w, frame{}, &protocol.Error{Code: protocol.CodeUnknown, Text: "the module process ended during the call", Err: cause})
	}
	if c.deadlines != nil {
		c.deadlines.Stop()
	}
	if c.lane != nil {
		c.lane.interrupt() // the leader then sees that its call is done
	}
}

// arm makes sure that the timer fires by deadline. There is one timer for all calls;
// later calls mostly have later deadlines, so it is rarely reset. mu is held.
func (c *conn) arm(deadline time.Time) {
	if !c.fires.IsZero() && !deadline.Before(c.fires) {
		return
	}
	c.fires = deadline
	if wait := time.Until(deadline); c.deadlines == nil {
		c.deadlines = time.AfterFunc(wait, c.expire)
	} else {
		c.deadlines.Reset(wait)
	}
}

// expire completes the calls whose deadline has passed.
func (c *conn) expire() {
	c.mu.Lock()
	now, next, late := time.Now(), time.Time{}, false
	for id, w := range c.waiters {
		if w.deadline.After(now) {
			if next.IsZero() || w.deadline.Before(next) {
				next = w.deadline
			}
			continue
		}
		late = late || w.call != nil
		leader := w.leader
		c.finish(id, w, frame{}, errLate)
		if leader {
			c.lane.interrupt()
		}
	}
	c.fires = time.Time{}
	if !next.IsZero() && c.err == nil {
		c.arm(next)
	}
	c.mu.Unlock()
	if late {
		c.onLate()
	}
}
