package host

import (
	"context"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// modifier applies the output modifiers of a call to its result (U §3). They are
// read first: a call with a bad one fails before its function has run.
type modifier struct{ protocol.Module }

func (m modifier) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if !uapi.HasModifiers(call.Args, call.API) {
		return m.Module.Invoke(ctx, call)
	}
	args, err := uapi.DecodeArgs(call.Args)
	if err != nil {
		return nil, err
	}
	modifiers, err := uapi.DecodeModifiers(call.API, args)
	if err != nil {
		return nil, err
	}
	result, err := m.Module.Invoke(ctx, call)
	if err != nil || modifiers == nil {
		return result, err
	}
	ctx, cancel := context.WithDeadline(ctx, call.Deadline)
	defer cancel()
	modified, err := modifiers.Apply(ctx, result)
	if err != nil && ctx.Err() != nil {
		return nil, &protocol.Error{Code: protocol.CodeUnknown, Text: "the call's time ended while its rows were looked at; ask for less", Err: err}
	}
	return modified, err
}
