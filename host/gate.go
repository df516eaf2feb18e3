package host

import (
	"context"
	"errors"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// gate decides whether a function may run for a call's account: nil, nil lets it.
type gate func(ctx context.Context, call *protocol.Call, f *protocol.Function) (refusal *protocol.Result, err error)

// admit enforces what a function's manifest demands of the account (U §4),
// before its module is asked. An account that cannot be read passes no gate,
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
