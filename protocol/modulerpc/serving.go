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
	with    *prefetched
	reading atomic.Int32 // one of the states below
}

// Who reads the lane while a function runs.
const (
	readElsewhere int32 = iota // another goroutine does, or will
	readNobody                 // nobody: whoever runs the function will, after it
	readAsking                 // a goroutine of the function, until the host has responded to its request
)

var errUnsendable = protocol.Errorf(protocol.CodeUnknown,
	"the module's result is larger than 16 MiB, or cannot be encoded: ask for less, such as one page of it")

// maxWait is how long a response may stay queued, to be written together with others.
const maxWait = 50 * time.Microsecond

// runInTurn runs the call in the goroutine that reads, and reports whether that
// goroutine continues to read. While further calls are buffered, responses are queued
// and written with one write(2).
func (c *serving) runInTurn() bool {
	s := c.session
	c.reading.Store(readNobody)
	s.inTurn.Store(c)
	s.arm()
	response := c.run()
	if c.reading.Swap(readElsewhere) != readNobody {
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
		s.flush()
	}
	return true
}

// runAside runs the call in a goroutine of its own.
func (c *serving) runAside() { c.respond(c.run()) }

// arm puts a spare goroutine in the run queue, unless one is there.
func (s *session) arm() {
	if !s.armed.Load() && s.armed.CompareAndSwap(false, true) {
		go s.spare()
	}
}

// relieve reads in place of a goroutine whose function has not returned.
func (s *session) relieve() {
	s.armed.Store(false)
	if c := s.inTurn.Load(); c != nil && c.reading.CompareAndSwap(readNobody, readElsewhere) {
		s.flush() // queued responses must not wait for this function
		s.run()
	}
}

// run returns the response to the call.
func (c *serving) run() frame {
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

// respond sends the response, or an error if it cannot be sent, most likely because it
// is too large.
func (c *serving) respond(response frame) {
	if err := c.session.send(response); err != nil {
		c.session.log.Error("a result could not be sent", "call", c.call.ID.String(), "error", err)
		c.session.send(message(answer(c.id, nil, errUnsendable)))
	}
}

func (c *serving) response(result *protocol.Result, err error) frame {
	if err == nil && result == nil {
		err = errors.New("the module returned neither a result nor an error")
	}
	if err != nil {
		if protocol.CodeOf(err) == protocol.CodeInternal {
			c.session.log.Error("a call failed",
				"call", c.call.ID.String(), "module", c.call.Module, "function", c.call.Function, "error", err)
		}
		return message(answer(c.id, nil, err))
	}
	return frame{id: c.id, result: result}
}

// Account implements protocol.Services.
func (c *serving) Account(ctx context.Context, name string) (*protocol.Account, error) {
	if name == "" {
		if account := c.with.accountInfo(); account != nil {
			return account, nil
		}
	}
	f, err := c.ask(ctx, &pb.Frame{Body: &pb.Frame_AskAccount{AskAccount: &pb.AskAccount{Name: text(name)}}})
	if err != nil {
		return nil, err
	}
	if f.other.GetAccount() == nil {
		return nil, protocol.Errorf(protocol.CodeInternal, "the host's response has no account")
	}
	return accountFromWire(f.other.GetAccount()), nil
}

// Invoke implements protocol.Services.
func (c *serving) Invoke(ctx context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	defer c.with.drop()
	f, err := c.ask(ctx, &pb.Frame{Body: &pb.Frame_CallOther{CallOther: &pb.Invoke{Module: module, Function: function, Args: args}}})
	if err != nil {
		return nil, err
	}
	if f.result == nil {
		return nil, protocol.Errorf(protocol.CodeInternal, "the host's response has no result")
	}
	return f.result, nil
}

// request is one request to the host.
type request struct {
	done  bool
	frame frame         // the response
	ready chan struct{} // closed when it is there; nil if the asking goroutine reads itself
}

// ask sends a request to the host and waits for the response.
//
// If the calling goroutine is the one that would read after the function, it reads the
// response itself, which saves two switches. Only a frame can wake it then. So it does
// this only with the context of the call, whose end the host announces by a frame
// (Cancel, or the Ping after a missed deadline).
func (c *serving) ask(ctx context.Context, f *pb.Frame) (frame, error) {
	if err := ctx.Err(); err != nil {
		return frame{}, &protocol.Error{Code: protocol.CodeUnavailable, Text: "the call has ended; the request was not sent to the host",
			Err: err}
	}
	s := c.session
	own := ctx == context.Context(&c.ctx) && c.reading.CompareAndSwap(readNobody, readAsking)
	r := new(request)
	if !own {
		r.ready = make(chan struct{})
	}
	f.Id, f.Call = s.enter(r), c.id
	if err := s.sendRequest(message(f), own); err != nil {
		s.leave(f.Id)
		c.readOn(own)
		return frame{}, &protocol.Error{Code: protocol.CodeUnknown, Text: "the request could not be sent to the host", Err: err}
	}
	if own {
		err := c.readFor(r)
		c.readOn(own)
		if err == nil {
			return r.frame, responseError(r.frame)
		}
		s.leave(f.Id)
		return frame{}, noResponse(err)
	}
	select {
	case <-r.ready:
		return r.frame, responseError(r.frame)
	case <-ctx.Done():
		s.leave(f.Id)
		return frame{}, noResponse(ctx.Err())
	}
}

func noResponse(cause error) error {
	return &protocol.Error{Code: protocol.CodeUnknown, Text: "the host has not responded in time", Err: cause}
}

// send is link.send for goroutines that do not read. On a lane it lets other goroutines
// queue frames first, which are then written together.
func (s *session) send(f frame) error {
	if s.lane == nil {
		return s.link.send(f)
	}
	s.lane.waitForRoom()
	if err := s.lane.queue(f); err != nil {
		return err
	}
	return s.lane.flush(true)
}

// sendRequest sends a request to the host: at once if the goroutine then reads.
func (s *session) sendRequest(f frame, reads bool) error {
	if !reads {
		return s.send(f)
	}
	s.waitsSince = time.Time{} // queued responses are written with it
	return s.lane.send(f)
}

// readFor reads until r has its response or the call has ended.
func (c *serving) readFor(r *request) error {
	for {
		f, err := c.session.read(1)
		if err != nil {
			return err
		}
		c.session.handle(f)
		if r.done {
			return nil
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
	}
}

// readOn makes sure that a goroutine reads after one that has read its own response.
func (c *serving) readOn(asked bool) {
	if !asked {
		return
	}
	if c.reading.CompareAndSwap(readAsking, readNobody) {
		c.session.arm() // in case the function waits for another of its goroutines
		return
	}
	go c.session.run() // the function has ended meanwhile
}

func responseError(f frame) error {
	if body, ok := f.other.GetBody().(*pb.Frame_Error); ok {
		return errorFromWire(body.Error)
	}
	return nil
}

func (s *session) enter(r *request) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next++; s.next == 0 || s.pending[s.next] != nil; s.next++ {
	}
	s.pending[s.next] = r
	return s.next
}

func (s *session) leave(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// deliver hands the host's response to the request that waits for it.
func (s *session) deliver(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.pending[f.id]; r != nil {
		delete(s.pending, f.id)
		r.frame, r.done = f, true
		if r.ready != nil {
			close(r.ready)
		}
	}
}
