package host

import (
	"context"
	"errors"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// entrance is the last step before a module: it runs the call, or says why not.
type entrance func(ctx context.Context, module protocol.Module, call *protocol.Call, f *protocol.Function) (*protocol.Result, error)

// enter lets a call in to its module when the account may make it, and has what
// root changes recorded.
func (h *Host) enter(ctx context.Context, module protocol.Module, call *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
	if refusal, err := h.admit(ctx, call, f); refusal != nil || err != nil {
		return refusal, err
	}
	if call.API == protocol.WHM1 && !f.ReadOnly {
		return h.recorded(ctx, module, call, f)
	}
	return module.Invoke(ctx, call)
}

// admit enforces what a function's manifest demands of the account (U §4),
// before its module is asked: nil, nil lets it in. An account that cannot be read passes no gate,
// since nobody knows whether it is a demo account.
func (h *Host) admit(ctx context.Context, call *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
	if h.cfg.Accounts == nil || f.AllowDemo && f.NeedsFeature == "" {
		return nil, nil
	}
	account, err := h.account(ctx, call.Account)
	switch {
	case err != nil:
		return nil, err
	case account.Demo && !f.AllowDemo:
		return protocol.Failed(uapi.DemoMode), nil
	case f.NeedsFeature != "" && !account.Features.Has(f.NeedsFeature):
		return protocol.Failed(uapi.FeatureOff(f.NeedsFeature)), nil
	}
	return nil, nil
}

// account is what is known of an account: nothing but its name when the
// host has no source, or the source does not know it (the kernel does, W17).
func (h *Host) account(ctx context.Context, name string) (*protocol.Account, error) {
	if h.cfg.Accounts != nil {
		account, err := h.cfg.Accounts.Account(ctx, name)
		if !errors.Is(err, protocol.ErrNotFound) {
			return account, err
		}
	}
	return &protocol.Account{Name: name, UID: -1, GID: -1}, nil
}

// rootOnly lets nobody else call WHM API 1. It stands before the router, which
// would start every program for a name that nobody serves.
type rootOnly struct {
	protocol.Module
	root string // "": nobody may
}

func (r rootOnly) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.API == protocol.WHM1 && (r.root == "" || call.Account != r.root) {
		return protocol.Failed(uapi.RootOnly), nil
	}
	return r.Module.Invoke(ctx, call)
}
