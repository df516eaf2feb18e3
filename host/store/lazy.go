package store

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"liveapi.host/protocol"
)

// LazyStorage opens a storage on first use. See [Lazy].
type LazyStorage struct {
	open   func(ctx context.Context) (protocol.Storage, error)
	opened atomic.Pointer[protocol.Storage]
	turn   chan struct{} // held by the one call that opens or closes
	closed bool          // only for the holder of turn
}

// Lazy returns a storage that calls open when it is first used, with the context of
// that call. Other calls wait meanwhile, each until its own context ends. When open
// fails, only that call fails; the next call, or the next one that waits, tries again.
func Lazy(open func(ctx context.Context) (protocol.Storage, error)) *LazyStorage {
	return &LazyStorage{open: open, turn: make(chan struct{}, 1)}
}

func (l *LazyStorage) storage(ctx context.Context) (protocol.Storage, error) {
	if s := l.opened.Load(); s != nil {
		return *s, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s := l.opened.Load(); s != nil {
		return *s, nil
	}
	if l.closed {
		return nil, errors.New("the store was closed")
	}
	s, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	l.opened.Store(&s)
	return s, nil
}

// Get implements [protocol.Storage].
func (l *LazyStorage) Get(ctx context.Context, key string) (protocol.Record, error) {
	s, err := l.storage(ctx)
	if err != nil {
		return protocol.Record{}, err
	}
	return s.Get(ctx, key)
}

// Swap implements [protocol.Storage].
func (l *LazyStorage) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	s, err := l.storage(ctx)
	if err != nil {
		return 0, err
	}
	return s.Swap(ctx, key, old, value)
}

// List implements [protocol.Storage].
func (l *LazyStorage) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	s, err := l.storage(ctx)
	if err != nil {
		return nil, err
	}
	return s.List(ctx, prefix, after, limit)
}

// Close waits for an open in progress, and closes the storage if it was opened and is
// an [io.Closer]. Later calls fail.
func (l *LazyStorage) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.closed {
		return nil
	}
	l.closed = true
	if s := l.opened.Load(); s != nil {
		if c, ok := (*s).(io.Closer); ok {
			return c.Close()
		}
	}
	return nil
}
