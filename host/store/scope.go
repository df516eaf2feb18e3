package store

import (
	"context"
	"fmt"
	"strings"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/protocol"
)

// Scope returns the view of one module's records of one account: its key "name" is
// "module/account/name" in inner. A view cannot reach the records of another view:
// module is a name by W16, and account is 1 to [protocol.MaxAccount] bytes of UTF-8
// without "/" and without control characters. With any other name every call fails.
//
// Keys in a view have up to [protocol.MaxKey] bytes, however long the account's name is.
func Scope(inner protocol.Storage, module, account string) protocol.Storage {
	s := &scope{inner: inner, prefix: module + "/" + account + "/", check: checkName}
	switch {
	case !protocol.ValidModule(module):
		s.err = errModule()
	case !validAccount(account):
		s.err = errAccount()
	}
	return s
}

// Whole returns the view of all records of a module: its key "ann/name" is the record
// "name" in Ann's [Scope]. The key "/name" belongs to no account, and no Scope can
// reach it. Without all, the view can only read records that belong to no account;
// anything else is [protocol.CodeDenied].
func Whole(inner protocol.Storage, module string, all bool) protocol.Storage {
	s := &scope{inner: inner, prefix: module + "/", check: checkWhole}
	if !protocol.ValidModule(module) {
		s.err = errModule()
	}
	if !all {
		return common{s}
	}
	return s
}

func errModule() error {
	return protocol.Errorf(protocol.CodeInvalid, "this is not the name of a module")
}

func errAccount() error {
	return protocol.Errorf(protocol.CodeInvalid, "an account's name is 1 to %d bytes of UTF-8 without \"/\" and control characters",
		protocol.MaxAccount)
}

func validAccount(name string) bool {
	return name != "" && len(name) <= protocol.MaxAccount && !strings.Contains(name, "/") && bounds.Plain(name)
}

// checkName checks a key of one account.
func checkName(key string) error { return bounds.Key(key, protocol.MaxKey) }

// checkWhole checks a key of the view of [Whole].
func checkWhole(key string) error {
	account, name, ok := strings.Cut(key, "/")
	switch {
	case !ok:
		return protocol.Errorf(protocol.CodeInvalid, "a key of all records of a module is an account's name, \"/\" and a key")
	case account != "" && !validAccount(account):
		return errAccount()
	}
	return checkName(name)
}

type scope struct {
	inner  protocol.Storage
	prefix string
	check  func(key string) error
	err    error // why the view is invalid
}

func (s *scope) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := s.checked(key); err != nil {
		return protocol.Record{}, err
	}
	rec, err := s.inner.Get(ctx, s.prefix+key)
	if err != nil {
		return protocol.Record{}, err
	}
	rec.Key = key
	return rec, nil
}

func (s *scope) checked(key string) error {
	if s.err != nil {
		return s.err
	}
	return s.check(key)
}

func (s *scope) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := s.checked(key); err != nil {
		return 0, err
	}
	if err := bounds.Value(value, protocol.MaxValue); err != nil {
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
			return nil, fmt.Errorf("the list of %q contains a record of another view", s.prefix)
		}
		recs[i].Key = name
	}
	return recs, nil
}

// common is the part of a module's records that every call may read.
type common struct{ whole *scope }

func errCommon() error {
	return protocol.Errorf(protocol.CodeDenied,
		"only a call of the administrator may read or change records of other accounts, or change records of no account")
}

func (c common) Get(ctx context.Context, key string) (protocol.Record, error) {
	if !strings.HasPrefix(key, "/") {
		return protocol.Record{}, errCommon()
	}
	return c.whole.Get(ctx, key)
}

func (c common) Swap(context.Context, string, protocol.Version, []byte) (protocol.Version, error) {
	return 0, errCommon()
}

func (c common) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if !strings.HasPrefix(prefix, "/") {
		return nil, errCommon()
	}
	return c.whole.List(ctx, prefix, after, limit)
}
