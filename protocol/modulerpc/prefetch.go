package modulerpc

import (
	"context"
	"errors"
	"strings"
	"sync"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// prefetched is what the host read before it sent a call (protocol.Prefetch). In the
// module each record is used once, and none is used after a change or a nested call. So
// a record is never older than the start of the call, or than the function's own change.
type prefetched struct {
	mu      sync.Mutex
	account *protocol.Account
	records []protocol.Record // version 0: there is none. A key of Whole begins with a slash
}

// prefetch reads what a function wants. It leaves out what it cannot read, and what would
// not fit into the frame of the call: the function then asks for it.
func prefetch(ctx context.Context, call *protocol.Call, want protocol.Prefetch) *prefetched {
	p, room := new(prefetched), maxWith
	if len(call.Args) > maxFrame-2*maxWith {
		return nil
	}
	if want.Account {
		if account, err := call.Host.Account(ctx, ""); err == nil {
			p.account = account
		}
	}
	for _, key := range want.Records {
		storage := call.Host.Storage()
		if strings.HasPrefix(key, "/") {
			storage = call.Host.Whole()
		}
		switch r, err := storage.Get(ctx, key); {
		case err == nil && len(r.Value) <= room:
			room -= len(r.Value)
			p.records = append(p.records, protocol.Record{Key: key, Version: r.Version, Value: r.Value})
		case errors.Is(err, protocol.ErrNotFound):
			p.records = append(p.records, protocol.Record{Key: key})
		}
	}
	return p
}

// maxWith bounds what is sent with a call, in bytes of values, so that the call itself
// always fits into a frame.
const maxWith = maxFrame / 4

func (p *prefetched) toWire(w *pb.Invoke) {
	if p == nil {
		return
	}
	if p.account != nil {
		w.AccountInfo = accountToWire(p.account)
	}
	for _, r := range p.records {
		w.Records = append(w.Records, recordToWire(r))
	}
}

func prefetchedFromWire(w *pb.Invoke) *prefetched {
	if w.AccountInfo == nil && len(w.Records) == 0 {
		return nil
	}
	p := new(prefetched)
	if w.AccountInfo != nil {
		p.account = accountFromWire(w.AccountInfo)
	}
	for _, r := range w.Records {
		p.records = append(p.records, recordFromWire(r))
	}
	return p
}

// accountInfo returns the calling account; nil when it was not sent.
func (p *prefetched) accountInfo() *protocol.Account {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.account == nil {
		return nil
	}
	account := *p.account // as if it had been asked for: the function may change it
	return &account
}

// take returns a record for its one use. If sent is false, the host must be asked. The
// only error is protocol.ErrNotFound.
func (p *prefetched) take(key string, whole bool) (r protocol.Record, sent bool, err error) {
	if p == nil || whole != strings.HasPrefix(key, "/") {
		return r, false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.records {
		if p.records[i].Key != key {
			continue
		}
		r = p.records[i]
		p.records[i].Key = "" // which no record has
		if r.Version == 0 {
			return protocol.Record{}, true, protocol.ErrNotFound
		}
		return r, true, nil
	}
	return r, false, nil
}

// drop discards everything, because something may have changed.
func (p *prefetched) drop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account, p.records = nil, nil
}
