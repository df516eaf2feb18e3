package store

import (
	"context"
	"errors"

	"liveapi.host/protocol"
)

// Reported returns a storage that calls report for each error of inner that an
// administrator has to look into: not for a normal result ([protocol.ErrNotFound],
// [protocol.ErrConflict]), and not for an invalid or a cancelled call. A module gets
// only the code of an error, so its text would be lost otherwise. key is the record's
// key, or the prefix of a list.
func Reported(inner protocol.Storage, report func(operation, key string, err error)) protocol.Storage {
	return &reported{inner, report}
}

type reported struct {
	inner  protocol.Storage
	report func(operation, key string, err error)
}

func (r *reported) look(operation, key string, err error) {
	switch code := protocol.CodeOf(err); {
	case err == nil, code == protocol.CodeNotFound, code == protocol.CodeConflict, code == protocol.CodeInvalid:
	case code == protocol.CodeInternal && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
	default:
		r.report(operation, key, err)
	}
}

func (r *reported) Get(ctx context.Context, key string) (protocol.Record, error) {
	rec, err := r.inner.Get(ctx, key)
	r.look("get", key, err)
	return rec, err
}

func (r *reported) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	version, err := r.inner.Swap(ctx, key, old, value)
	r.look("swap", key, err)
	return version, err
}

func (r *reported) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	recs, err := r.inner.List(ctx, prefix, after, limit)
	r.look("list", prefix, err)
	return recs, err
}
