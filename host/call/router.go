package call

import (
	"context"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// router passes a call to the module that the table has under its name. If the
// table does not have the name, the source looks for it: a program says itself
// which modules it serves, and a path is never built from a name (W16).
type router struct {
	table  *Table
	source Source
	enter  entrance // takes the call once its function was found
	log    hclog.Logger
}

// Describe implements protocol.Module: it loads everything from the source. It
// returns the manifests of the table even when a program cannot be used.
func (r *router) Describe(ctx context.Context) ([]protocol.Manifest, error) {
	err := r.source.Load(ctx, "")
	return r.table.manifests(), err
}

// Invoke implements protocol.Module.
func (r *router) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	if c.API == protocol.WHM1 && c.Module == "" {
		if c.Module = r.serves(ctx, c.Function); c.Module == "" {
			return protocol.Failed(uapi.UnknownCommand(c.Function)), nil
		}
	}
	found := r.table.find(c.Module)
	if found == nil || !found.settled.Load() {
		err := r.source.Load(ctx, c.Module)
		if found = r.table.find(c.Module); found == nil {
			return r.unknown(c, err)
		}
		if protocol.CodeOf(err) == protocol.CodeUnavailable { // the module's own program exists and cannot be used
			return nil, err
		}
		found.settled.Store(true)
	}
	if found.Confirm != nil { // a remembered manifest must not decide whether the call may be made
		if err := found.Confirm(ctx); err != nil {
			return nil, err
		}
		return r.Invoke(ctx, c)
	}
	f := found.function(c.Function, c.API)
	if f == nil {
		return protocol.Failed(uapi.UnknownFunction(c.Function, c.Module)), nil
	}
	return r.enter(ctx, found.Module, c, f)
}

// unknown returns the result of a call to a module that was not found; err says
// which programs cannot be used.
func (r *router) unknown(c *protocol.Call, err error) (*protocol.Result, error) {
	if protocol.CodeOf(err) == protocol.CodeUnavailable {
		return nil, err
	}
	problems := ""
	if err != nil {
		problems = err.Error()
	}
	r.log.Warn("an unknown module was called", "call", c.ID.String(), "module", c.Module, "problems", problems)
	return protocol.Failed(uapi.UnknownModule(c.Module)), nil
}

// serves returns the module that has a function of WHM API 1; the first by name
// when several have it, "" when none has it.
func (r *router) serves(ctx context.Context, function string) (module string) {
	module, _ = r.lookFor(ctx, function, func(f *protocol.Function) bool { return f.API == protocol.WHM1 && f.Name == function })
	return module
}

// lookFor returns the first function in the table that is wanted, with its module.
// If the table has none, it loads everything from the source and looks again.
func (r *router) lookFor(ctx context.Context, what string, wanted func(*protocol.Function) bool) (module string, f *protocol.Function) {
	if module, f = r.table.first(wanted); f != nil {
		return module, f
	}
	if err := r.source.Load(ctx, ""); err != nil {
		r.log.Warn("some programs could not be asked for a function", "function", what, "problems", err)
	}
	return r.table.first(wanted)
}
