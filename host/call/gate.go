package call

import (
	"context"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// entrance is the last step before a module: it runs the call or refuses it.
type entrance func(ctx context.Context, module protocol.Module, c *protocol.Call, f *protocol.Function) (*protocol.Result, error)

// enter passes a call to its module if the account may make it, and records a
// call by which root changes something.
func (h *Host) enter(ctx context.Context, module protocol.Module, c *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
	if refusal, err := h.admit(ctx, c, f); refusal != nil || err != nil {
		return refusal, err
	}
	if c.API == protocol.WHM1 && !f.ReadOnly {
		return h.recorded(ctx, module, c, f)
	}
	return module.Invoke(ctx, c)
}

// admit checks what a function's manifest demands of the account (U §4), before
// the module gets the call: nil, nil admits it. It is an error when the account
// cannot be read, because it may be a demo account.
func (h *Host) admit(ctx context.Context, c *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
	if h.cfg.Accounts == nil || f.AllowDemo && f.NeedsFeature == "" {
		return nil, nil
	}
	account, err := h.Account(ctx, c.Account)
	switch {
	case err != nil:
		return nil, err
	case account.Demo && !bool(f.AllowDemo):
		return protocol.Failed(uapi.DemoMode), nil
	case f.NeedsFeature != "" && !account.Features.Has(f.NeedsFeature):
		return protocol.Failed(uapi.FeatureOff(f.NeedsFeature)), nil
	}
	return nil, nil
}

// rootOnly lets only root call WHM API 1. It comes before the router, because the
// router starts every program when it looks for an unknown name.
type rootOnly struct {
	protocol.Module
	root string // "": nobody may
}

func (r rootOnly) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	if c.API == protocol.WHM1 && (r.root == "" || c.Account != r.root) {
		return protocol.Failed(uapi.RootOnly), nil
	}
	return r.Module.Invoke(ctx, c)
}
