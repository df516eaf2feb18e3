package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Options are the log and the clock of a [Server].
type Options struct {
	Log hclog.Logger     // nil: nothing is logged
	Now func() time.Time // what Call.Now returns; nil: time.Now
}

// Server serves modules: it is a protocol.Module. [Main] and package sdktest
// make one; few others need to.
type Server struct {
	log       hclog.Logger
	now       func() time.Time
	modules   map[string]*compiled
	manifests []protocol.Manifest
}

// NewServer returns a Server of the modules. It fails when one of them is not
// valid, when two have the same name, or when a module's Check fails; the errors of all
// Checks are reported together.
func NewServer(o Options, modules ...*Module) (*Server, error) {
	s := &Server{log: o.Log, now: o.Now, modules: make(map[string]*compiled, len(modules))}
	if s.log == nil {
		s.log = hclog.NewNullLogger()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if len(modules) == 0 {
		return nil, errors.New("no module to serve")
	}
	var problems []error
	for _, m := range modules {
		c, err := m.compile()
		if err != nil {
			return nil, err
		}
		if s.modules[m.Name] != nil {
			return nil, fmt.Errorf("module %q is served twice", m.Name)
		}
		if m.Check != nil {
			if err := m.Check(); err != nil {
				problems = append(problems, fmt.Errorf("module %q: %w", m.Name, err))
			}
		}
		s.modules[m.Name] = c
		s.manifests = append(s.manifests, c.manifest)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// Describe returns the manifests, made from the declarations and their tags.
func (s *Server) Describe(context.Context) ([]protocol.Manifest, error) { return s.manifests, nil }

// Invoke runs one function on the calling goroutine. If the function ignores the end
// of its context, Invoke returns late; the host does not wait for it.
func (s *Server) Invoke(ctx context.Context, pc *protocol.Call) (*protocol.Result, error) {
	m := s.modules[pc.Module]
	if m == nil {
		return protocol.Failed(uapi.UnknownModule(pc.Module)), nil
	}
	api := pc.API
	if api == 0 {
		api = protocol.UAPI
	}
	run := m.handlers[signature{pc.Function, api}]
	if run == nil {
		return protocol.Failed(uapi.UnknownFunction(pc.Function, pc.Module)), nil
	}
	if own, ok := ctx.Deadline(); !pc.Deadline.IsZero() && (!ok || pc.Deadline.Before(own)) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, pc.Deadline)
		defer cancel()
	}
	c := &Call{ID: pc.ID, Account: pc.Account, call: pc, server: s}
	return c.run(ctx, run)
}

func (c *Call) run(ctx context.Context, run handler) (r *protocol.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Log().Error("the function panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			r, err = c.finish(0, nil, uapi.Internal(c.ID)), nil
		}
	}()
	args, err := uapi.DecodeArgs(c.call.Args)
	if err != nil {
		return c.fail(ctx, nil, err)
	}
	data, err := run(ctx, c, args)
	if err != nil {
		return c.fail(ctx, data, err)
	}
	if c.fault != nil {
		return c.fail(ctx, nil, c.fault)
	}
	return c.finish(1, data), nil
}

// fail turns an error into the result or error that the caller may see.
func (c *Call) fail(ctx context.Context, data json.RawMessage, err error) (*protocol.Result, error) {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != Internal && e.Text != "" {
		if e.Err != nil || error(e) != err {
			c.Log().Info("the function failed", "code", e.Code.String(), "error", err.Error())
		}
		return c.finish(0, data, e.Text), nil
	}
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
		return nil, &Error{Code: Unknown, Text: "the call ended before the function did", Err: err} // the host adds the rest of the text
	}
	c.Log().Error("the function failed with an error that is not for callers", "error", err.Error())
	return c.finish(0, nil, uapi.Internal(c.ID)), nil
}
