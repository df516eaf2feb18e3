package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"liveapi.host/protocol"
)

// probe calls a storage and keeps the first violation of a rule; after it, every
// further step does nothing.
type probe struct {
	ctx context.Context
	s   protocol.Storage
	err error
}

func (p *probe) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// put stores value and returns the version that it got.
func (p *probe) put(key string, old protocol.Version, value string) protocol.Version {
	if p.err != nil {
		return 0
	}
	v, err := p.s.Swap(p.ctx, key, old, append([]byte{}, value...))
	switch {
	case err != nil:
		p.fail("Swap(%s, %d, %s): %v", show(key), old, show(value), err)
	case v == 0:
		p.fail("Swap(%s, %d, %s) returned version 0, which means that there is no record", show(key), old, show(value))
	case v == old:
		p.fail("Swap(%s, %d, %s) returned the version that it replaced", show(key), old, show(value))
	}
	return v
}

func (p *probe) remove(key string, old protocol.Version) {
	if p.err != nil {
		return
	}
	if v, err := p.s.Swap(p.ctx, key, old, nil); err != nil || v != 0 {
		p.fail("Swap(%s, %d, nil) = %d, %v; want 0 and no error", show(key), old, v, err)
	}
}

func (p *probe) conflict(key string, old protocol.Version, value []byte) {
	if p.err != nil {
		return
	}
	if v, err := p.s.Swap(p.ctx, key, old, value); !errors.Is(err, protocol.ErrConflict) || v != 0 {
		p.fail("Swap(%s, %d, …) = %d, %v; want 0 and ErrConflict", show(key), old, v, err)
	}
}

// refused checks the error of a call that the storage must refuse: the error must not
// be one that says something about a record.
func (p *probe) refused(call string, err error) {
	for _, e := range []error{nil, protocol.ErrNotFound, protocol.ErrConflict, protocol.ErrFull} {
		if errors.Is(err, e) {
			p.fail("%s: error is %v; it must be refused, with an error that says why", call, err)
		}
	}
}

func (p *probe) has(key string, version protocol.Version, value string) {
	if p.err != nil {
		return
	}
	rec, err := p.s.Get(p.ctx, key)
	if err != nil {
		p.fail("Get(%s): %v", show(key), err)
		return
	}
	p.same(rec, key, version, value)
}

func (p *probe) same(rec protocol.Record, key string, version protocol.Version, value string) {
	switch {
	case rec.Key != key:
		p.fail("the record of %s has the key %s", show(key), show(rec.Key))
	case rec.Version != version:
		p.fail("%s has version %d, want %d", show(key), rec.Version, version)
	case rec.Value == nil:
		p.fail("%s has the value nil; a value is never nil", show(key))
	case !bytes.Equal(rec.Value, []byte(value)):
		p.fail("%s has the value %s, want %s", show(key), show(string(rec.Value)), show(value))
	}
}

func (p *probe) hasNot(key string) {
	if p.err != nil {
		return
	}
	if rec, err := p.s.Get(p.ctx, key); !errors.Is(err, protocol.ErrNotFound) {
		p.fail("Get(%s) = version %d, %v; want ErrNotFound", show(key), rec.Version, err)
	}
}

func (p *probe) list(prefix, after string, limit int) []protocol.Record {
	if p.err != nil {
		return nil
	}
	recs, err := p.s.List(p.ctx, prefix, after, limit)
	if err != nil {
		p.fail("List(%s, %s, %d): %v", show(prefix), show(after), limit, err)
	}
	return recs
}

// lists checks the keys that one List returns.
func (p *probe) lists(prefix, after string, limit int, want ...string) {
	recs := p.list(prefix, after, limit)
	if p.err != nil {
		return
	}
	if len(recs) != len(want) {
		p.fail("List(%s, %s, %d) returned %d records, want %d: %s", show(prefix), show(after), limit, len(recs), len(want), keys(recs))
		return
	}
	for i, rec := range recs {
		if rec.Key != want[i] {
			p.fail("List(%s, %s, %d): key %d is %s, want %s", show(prefix), show(after), limit, i, show(rec.Key), show(want[i]))
		}
	}
}

func keys(recs []protocol.Record) string {
	var b bytes.Buffer
	for i, rec := range recs {
		if i == 20 {
			b.WriteString(" …")
			break
		}
		b.WriteString(" " + show(rec.Key))
	}
	return b.String()
}

// show quotes a key or value, shortened.
func show(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%q… (%d bytes)", s[:40], len(s))
	}
	return fmt.Sprintf("%q", s)
}
