package store

import (
	"context"
	"fmt"
	"strings"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/protocol"
)

// Scope returns the view that one module has of one account: its key "name" is
// "module/account/name" in inner. No view reaches another's records: module is
// a name by W16, and account is 1 to [protocol.MaxAccount] bytes of UTF-8
// without "/" and without control characters. With any other name every call
// fails.
//
// A view takes keys of [protocol.MaxKey] bytes, whatever its account is called.
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

// Whole returns the view of all of a module's data: its key "ann/name" is the
// record "name" in Ann's [Scope]. The key "/name" belongs to no account, and no
// Scope reaches it. Without all, the view only reads what belongs to no account;
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

func errModule() error { return protocol.Errorf(protocol.CodeInvalid, "this is no name of a module") }

func errAccount() error {
	return protocol.Errorf(protocol.CodeInvalid, "an account's name is 1 to %d bytes of UTF-8 without \"/\" and control characters", protocol.MaxAccount)
}

func validAccount(name string) bool {
	return name != "" && len(name) <= protocol.MaxAccount && !strings.Contains(name, "/") && bounds.Plain(name)
}

// checkName checks a key of one account.
func checkName(key string) error { return bounds.Key(key, protocol.MaxKey) }

// checkWhole checks a key of a module's whole data.
func checkWhole(key string) error {
	account, name, ok := strings.Cut(key, "/")
	switch {
	case !ok:
		return protocol.Errorf(protocol.CodeInvalid, "a key of a module's whole data is an account's name, \"/\" and a key")
	case account != "" && !validAccount(account):
		return errAccount()
	}
	return checkName(name)
}

type scope struct {
	inner  protocol.Storage
	prefix string
	check  func(key string) error
	err    error // why there is no such view
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
			return nil, fmt.Errorf("the list of %q has a record of another view", s.prefix)
		}
		recs[i].Key = name
	}
	return recs, nil
}

// common is what every call may read of a module's whole data.
type common struct{ whole *scope }

func errCommon() error {
	return protocol.Errorf(protocol.CodeDenied, "only a call of the administrator reaches what belongs to other accounts, or changes what belongs to none")
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
