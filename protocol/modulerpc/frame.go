package modulerpc

import (
	"time"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// frame is one message of a link (module.proto). Invoke and Result, which every call
// has, are a call and a result; every other message has its protobuf form. One of
// invoke, result and other is set.
type frame struct {
	id      uint32
	invoke  *protocol.Call // in a received frame: valid until the next recv
	timeout time.Duration  // with invoke; whole microseconds travel
	with    *prefetched    // with invoke; nil: nothing
	result  *protocol.Result
	other   *pb.Frame
}

// message returns the frame of a message that is neither Invoke nor Result.
func message(f *pb.Frame) frame { return frame{id: f.Id, other: f} }

// isResponse reports whether the frame is a module's response to a request of the host.
func (f frame) isResponse() bool {
	if f.result != nil {
		return true
	}
	switch f.other.GetBody().(type) {
	case *pb.Frame_Error, *pb.Frame_Pong:
		return true
	}
	return false
}

// toWire returns the frame in protobuf's form.
func (f frame) toWire() *pb.Frame {
	switch {
	case f.invoke != nil:
		w := new(wireInvoke)
		callToWire(&w.invoke, f.invoke, f.timeout, f.with)
		w.body.Invoke = &w.invoke
		w.frame.Id, w.frame.Body = f.id, &w.body
		return &w.frame
	case f.result != nil:
		w := new(wireResult)
		resultToWire(&w.result, f.result)
		w.body.Result = &w.result
		w.frame.Id, w.frame.Body = f.id, &w.body
		return &w.frame
	}
	f.other.Id = f.id
	return f.other
}

// wireInvoke and wireResult are frames in protobuf's form, each in one piece of memory.
type (
	wireInvoke struct {
		frame  pb.Frame
		body   pb.Frame_Invoke
		invoke pb.Invoke
	}
	wireResult struct {
		frame  pb.Frame
		body   pb.Frame_Result
		result pb.Result
	}
)

// frameFromWire is the reverse of toWire.
func frameFromWire(w *pb.Frame) frame {
	switch body := w.Body.(type) {
	case *pb.Frame_Invoke:
		call, timeout := callFromWire(body.Invoke)
		return frame{id: w.Id, invoke: call, timeout: timeout, with: prefetchedFromWire(body.Invoke)}
	case *pb.Frame_Result:
		return frame{id: w.Id, result: resultFromWire(body.Result)}
	}
	return message(w)
}

// microseconds is how d travels.
func microseconds(d time.Duration) uint64 { return uint64(max(d, 0) / time.Microsecond) }

func callToWire(w *pb.Invoke, c *protocol.Call, timeout time.Duration, with *prefetched) {
	w.CallId, w.Account, w.Module, w.Function = uint64(c.ID), c.Account, c.Module, c.Function
	w.Api, w.Args, w.TimeoutUs = uint32(c.API), c.Args, microseconds(timeout)
	with.toWire(w)
}

// longest bounds the timeout that a peer can send.
const longest = time.Hour

func fromMicroseconds(n uint64) time.Duration {
	return time.Duration(min(n, uint64(longest/time.Microsecond))) * time.Microsecond
}

func callFromWire(w *pb.Invoke) (*protocol.Call, time.Duration) {
	return &protocol.Call{
		ID: protocol.CallID(w.CallId), Account: w.Account, Module: w.Module, Function: w.Function,
		API: protocol.APIVersion(w.Api), Args: w.Args,
	}, fromMicroseconds(w.TimeoutUs)
}
