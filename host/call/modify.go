package call

import (
	"context"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// modifier applies the output modifiers of a call to its result (U §3). It decodes
// them first, so that a call with an invalid modifier fails before its function runs.
type modifier struct{ protocol.Module }

func (m modifier) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	if !uapi.HasModifiers(c.Args, c.API) {
		return m.Module.Invoke(ctx, c)
	}
	args, err := uapi.DecodeArgs(c.Args)
	if err != nil {
		return nil, err
	}
	modifiers, err := uapi.DecodeModifiers(c.API, args)
	if err != nil {
		return nil, err
	}
	result, err := m.Module.Invoke(ctx, c)
	if err != nil || modifiers == nil {
		return result, err
	}
	ctx, cancel := context.WithDeadline(ctx, c.Deadline)
	defer cancel()
	modified, err := modifiers.Apply(ctx, result)
	if err != nil && ctx.Err() != nil {
		return nil, &protocol.Error{Code: protocol.CodeUnknown, Err: err,
			Text: "the call's deadline passed while its rows were filtered or sorted; ask for fewer rows"}
	}
	return modified, err
}
