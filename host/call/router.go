package call

import (
	"context"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// router passes a call to the module that its name leads to in the table. A name
// that is not there yet is looked for by the source: which names a program serves
// is what the program says, and a path is never built from a name (W16).
type router struct {
	table  *Table
	source Source
	enter  entrance // where a call whose function was found goes
	log    hclog.Logger
}

// Describe implements protocol.Module: it has the source ask everything, and
// returns what the table then holds also when something cannot be used.
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
	if found == nil {
		err := r.source.Load(ctx, c.Module)
		if found = r.table.find(c.Module); found == nil {
			return r.unknown(c, err)
		}
	}
	if found.Confirm != nil { // what a program is only remembered to serve opens no gate
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

// unknown answers a call of a module that is not there; err is what cannot be used.
func (r *router) unknown(c *protocol.Call, err error) (*protocol.Result, error) {
	if protocol.CodeOf(err) == protocol.CodeUnavailable {
		return nil, err
	}
	problems := ""
	if err != nil {
		problems = err.Error()
	}
	r.log.Warn("a module that is not there was called", "call", c.ID.String(), "module", c.Module, "problems", problems)
	return protocol.Failed(uapi.UnknownModule(c.Module)), nil
}

// serves returns the module that has a function of WHM API 1, the first by name
// of several, or "".
func (r *router) serves(ctx context.Context, function string) (module string) {
	module, _ = r.lookFor(ctx, function, func(f *protocol.Function) bool { return f.API == protocol.WHM1 && f.Name == function })
	return module
}

// lookFor returns the first function in the table that is wanted, with its module.
// When there is none, everything that can be called is asked for.
func (r *router) lookFor(ctx context.Context, what string, wanted func(*protocol.Function) bool) (module string, f *protocol.Function) {
	if module, f = r.table.first(wanted); f != nil {
		return module, f
	}
	if err := r.source.Load(ctx, ""); err != nil {
		r.log.Warn("not every program could be asked for a function", "function", what, "problems", err)
	}
	return r.table.first(wanted)
}
