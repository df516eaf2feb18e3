package store

import (
	"context"
	"fmt"
	"strings"

	"liveapi.host/protocol"
)

// Scope returns the view that one module has of one account: its key "name" is
// "module/account/name" in inner. No view reaches another's records: module is
// a name by W16, and account is 1 to [MaxAccount] bytes of UTF-8 without "/"
// and without control characters. With any other name every call fails.
//
// A view takes keys of [protocol.MaxKey] bytes, whatever its account is called.
func Scope(inner protocol.Storage, module, account string) protocol.Storage {
	s := &scope{inner: inner, prefix: module + "/" + account + "/"}
	switch {
	case !protocol.ValidModule(module):
		s.err = protocol.Errorf(protocol.CodeInvalid, "this is no name of a module")
	case account == "" || len(account) > MaxAccount || strings.Contains(account, "/") || !plainText(account):
		s.err = protocol.Errorf(protocol.CodeInvalid, "an account's name is 1 to %d bytes of UTF-8 without \"/\" and control characters", MaxAccount)
	}
	return s
}

type scope struct {
	inner  protocol.Storage
	prefix string
	err    error // why there is no such view
}

func (s *scope) check(key string) error {
	if s.err != nil {
		return s.err
	}
	return checkKey(key, protocol.MaxKey)
}

func (s *scope) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := s.check(key); err != nil {
		return protocol.Record{}, err
	}
	rec, err := s.inner.Get(ctx, s.prefix+key)
	if err != nil {
		return protocol.Record{}, err
	}
	rec.Key = key
	return rec, nil
}

func (s *scope) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := s.check(key); err != nil {
		return 0, err
	}
	if err := checkValue(value, protocol.MaxValue); err != nil {
		return 0, err
	}
	return s.inner.Swap(ctx, s.prefix+key, old, value)
}

func (s *scope) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if s.err != nil {
		return nil, s.err
	}
	recs, err := s.inner.List(ctx, s.prefix+prefix, s.prefix+after, limit)
	if err != nil {
		return nil, err
	}
	for i := range recs {
		name, ok := strings.CutPrefix(recs[i].Key, s.prefix)
		if !ok {
			return nil, fmt.Errorf("the list of %q has a record of another view", s.prefix)
		}
		recs[i].Key = name
	}
	return recs, nil
}
