package modulerpc

import (
	"context"

	"google.golang.org/protobuf/proto"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// Requests of a module to the host. They are served only during a call, and only as far
// as the call's Services allow.

var (
	errCallOver  = protocol.Errorf(protocol.CodeDenied, "the call that this request belongs to has ended")
	errTooMany   = protocol.Errorf(protocol.CodeUnavailable, "the module has too many requests to the host in flight")
	errNoRequest = protocol.Errorf(protocol.CodeInvalid, "the host does not know this request")
)

// servable reports whether the call of w still stands and has services.
func servable(w *waiter) bool { return w != nil && w.call != nil && w.call.Host != nil }

// reads reports whether f asks for something that the host only has to read.
func reads(f *pb.Frame) bool {
	switch f.Body.(type) {
	case *pb.Frame_Get, *pb.Frame_List, *pb.Frame_AskAccount:
		return true
	}
	return false
}

// refuse tells the module that the call of its request f has ended; f may be nil.
func (c *conn) refuse(f *pb.Frame) {
	if f != nil {
		c.link.send(message(answer(f.Id, nil, errCallOver)))
	}
}

// serveWithin serves f in the goroutine of its own call. There is one such request
// a call at a time, so it needs no slot.
func (c *conn) serveWithin(f *pb.Frame, w *waiter) {
	ctx := &callContext{deadline: w.deadline}
	response := serve(ctx, f, w.call.Host)
	ctx.cancel(context.Canceled)
	c.mu.Lock()
	w.busy = false // before the module can know that it may send the next
	others := len(c.waiters) > 1
	c.mu.Unlock()
	c.send(message(response), others) // a broken link ends the next read
}

// accept starts to serve a request of the module, without holding up the
// goroutine that reads.
func (c *conn) accept(f *pb.Frame, w *waiter) {
	if !servable(w) {
		go c.refuse(f)
		return
	}
	if c.accepted.Add(1) > maxWaiting {
		c.accepted.Add(-1)
		go c.link.send(message(answer(f.Id, nil, errTooMany)))
		return
	}
	go func() {
		ctx := &callContext{deadline: w.deadline}
		response := c.serveInTurn(ctx, f, w.call.Host)
		ctx.cancel(context.Canceled)
		c.accepted.Add(-1) // before the module can know that it may send the next
		c.link.send(message(response))
	}()
}

// serveInTurn serves a request once there is a slot for it: as many calls as
// the host lets in at once each have one under way. A call of another module
// takes none, since what it leads to may need one of this module's.
func (c *conn) serveInTurn(ctx context.Context, f *pb.Frame, host protocol.Services) *pb.Frame {
	if _, nested := f.Body.(*pb.Frame_CallOther); nested {
		return serve(ctx, f, host)
	}
	select {
	case c.requests <- struct{}{}:
		defer func() { <-c.requests }()
		return serve(ctx, f, host)
	case <-ctx.Done():
		return answer(f.Id, nil, errTooMany)
	}
}

func serve(ctx context.Context, f *pb.Frame, host protocol.Services) *pb.Frame {
	response := new(pb.Frame)
	var err error
	switch body := f.Body.(type) {
	case *pb.Frame_Get:
		var r protocol.Record
		r, err = records(host, body.Get.Whole).Get(ctx, body.Get.Key)
		response.Body = &pb.Frame_Record{Record: recordToWire(r)}
	case *pb.Frame_Swap:
		var version protocol.Version
		version, err = records(host, body.Swap.Whole).Swap(ctx, body.Swap.Key, protocol.Version(body.Swap.Old), swapValue(body.Swap))
		response.Body = &pb.Frame_Record{Record: &pb.Record{Version: uint64(version)}}
	case *pb.Frame_List:
		var found []protocol.Record
		found, err = records(host, body.List.Whole).List(ctx, string(body.List.Prefix), string(body.List.After), int(body.List.Limit))
		list := new(pb.Records)
		for _, r := range found {
			list.Records = append(list.Records, recordToWire(r))
		}
		response.Body = &pb.Frame_Records{Records: list}
		if size := proto.Size(response); size > maxFrame && err == nil {
			err = protocol.Errorf(protocol.CodeInvalid,
				"the %d records of this list have %d bytes, more than the bound of %d; ask for fewer at once", len(found), size, maxFrame)
		}
	case *pb.Frame_CallOther:
		var r *protocol.Result
		r, err = host.Invoke(ctx, body.CallOther.Module, body.CallOther.Function, body.CallOther.Args)
		if err == nil {
			result := new(pb.Result)
			resultToWire(result, r)
			response.Body = &pb.Frame_Result{Result: result}
		}
	case *pb.Frame_AskAccount:
		var a *protocol.Account
		a, err = host.Account(ctx, body.AskAccount.Name)
		if err == nil {
			response.Body = &pb.Frame_Account{Account: accountToWire(a)}
		}
	default:
		err = errNoRequest
	}
	return answer(f.Id, response, err)
}

// records is the data that a request is about.
func records(host protocol.Services, whole bool) protocol.Storage {
	if whole {
		return host.Whole()
	}
	return host.Storage()
}

// answer returns the response to request id: err if there is one, else response.
func answer(id uint32, response *pb.Frame, err error) *pb.Frame {
	if err != nil {
		return &pb.Frame{Id: id, Body: &pb.Frame_Error{Error: errorToWire(err)}}
	}
	response.Id = id
	return response
}

// swapValue distinguishes an empty value from a deletion; protobuf has one form for both.
func swapValue(s *pb.Swap) []byte {
	switch {
	case s.Delete:
		return nil
	case s.Value == nil:
		return []byte{}
	}
	return s.Value
}
