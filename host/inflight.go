package host

import (
	"context"
	"encoding/json"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// inflight is one call with what the host offers to its module (protocol.Services).
// A module may still hold it when the call is over, so none is used twice.
type inflight struct {
	protocol.Call
	host  *Host
	depth int  // how many calls this one is nested in
	tag   bool // it came as a tag, not as a call
}

// Storage implements protocol.Services: the data of the call's module and account.
func (c *inflight) Storage() protocol.Storage {
	return c.host.cfg.Scope(c.host.cfg.Store, c.Module, c.Call.Account)
}

// Whole implements protocol.Services. Nobody but root gets as far as a module
// with a call of WHM API 1 (see rootOnly).
func (c *inflight) Whole() protocol.Storage {
	return c.host.cfg.Whole(c.host.cfg.Store, c.Module, c.API == protocol.WHM1)
}

// Account implements protocol.Services.
func (c *inflight) Account(ctx context.Context, name string) (*protocol.Account, error) {
	switch {
	case name == "":
		return c.host.account(ctx, c.Call.Account)
	case c.API != protocol.WHM1:
		return nil, protocol.Errorf(protocol.CodeDenied, "only a call of the administrator may ask for another account")
	case c.host.cfg.Accounts == nil:
		return nil, protocol.ErrNotFound
	}
	return c.host.cfg.Accounts.Account(ctx, name)
}

// Invoke implements protocol.Services.
func (c *inflight) Invoke(ctx context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	switch {
	case c.depth+1 >= protocol.MaxDepth:
		return nil, protocol.Errorf(protocol.CodeInvalid, "the call of %s::%s is nested in %d others; at most %d are allowed", c.Module, c.Function, c.depth, protocol.MaxDepth)
	case !protocol.ValidModule(module) || !protocol.ValidFunction(function):
		return nil, protocol.Errorf(protocol.CodeInvalid, "a module called a function by a name that is not valid (W16)")
	}
	if len(args) > 0 {
		if err := liveapi.CheckJSON(args); err != nil {
			return nil, protocol.Errorf(protocol.CodeInvalid, "the arguments for %s::%s are not valid: %s", module, function, err)
		}
	}
	next := c.host.newCall(Caller{c.Call.Account, c.Origin})
	next.Module, next.Function, next.API, next.Args = module, function, protocol.UAPI, args
	next.Deadline, next.depth = c.Deadline, c.depth+1
	return c.host.Invoke(ctx, &next.Call)
}
