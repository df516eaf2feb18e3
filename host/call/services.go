package call

import (
	"context"
	"encoding/json"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// services is one call with what the host offers to its module (protocol.Services).
// It is never used for a second call, because a module may still hold it when the
// first is over.
type services struct {
	protocol.Call
	host  *Host
	depth int // how many calls this one is nested in
}

// Storage implements protocol.Services: the data of the call's module and account.
func (s *services) Storage() protocol.Storage {
	return s.host.cfg.Scope(s.host.cfg.Store, s.Module, s.Call.Account)
}

// Whole implements protocol.Services. A call of WHM API 1 gets the data of all
// accounts: only root can make one (see rootOnly).
func (s *services) Whole() protocol.Storage {
	return s.host.cfg.Whole(s.host.cfg.Store, s.Module, s.API == protocol.WHM1)
}

// Account implements protocol.Services.
func (s *services) Account(ctx context.Context, name string) (*protocol.Account, error) {
	switch {
	case name == "":
		return s.host.Account(ctx, s.Call.Account)
	case s.API != protocol.WHM1:
		return nil, protocol.Errorf(protocol.CodeDenied, "only an administrator's call may ask for another account")
	case s.host.cfg.Accounts == nil:
		return nil, protocol.ErrNotFound
	}
	return s.host.cfg.Accounts.Account(ctx, name)
}

// Invoke implements protocol.Services.
func (s *services) Invoke(ctx context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	switch {
	case s.depth+1 >= protocol.MaxDepth:
		return nil, protocol.Errorf(protocol.CodeInvalid, "the call of %s::%s is nested in %d others; at most %d are allowed",
			s.Module, s.Function, s.depth, protocol.MaxDepth)
	case !protocol.ValidModule(module) || !protocol.ValidFunction(function):
		return nil, protocol.Errorf(protocol.CodeInvalid, "a module called a function by an invalid name (W16)")
	}
	if len(args) > 0 {
		if err := liveapi.CheckJSON(args); err != nil {
			return nil, protocol.Errorf(protocol.CodeInvalid, "the arguments for %s::%s are invalid: %s", module, function, err)
		}
	}
	next := s.host.newCall(Caller{s.Call.Account, s.Origin})
	next.Module, next.Function, next.API, next.Args = module, function, protocol.UAPI, args
	next.Deadline, next.depth = s.Deadline, s.depth+1
	return s.host.Invoke(ctx, &next.Call)
}
