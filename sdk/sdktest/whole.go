package sdktest

import (
	"context"
	"slices"
	"strings"

	"liveapi.host/sdk"
)

// whole is all of a module's data: one storage for each account, and the storage of
// the account "" for records of no account.
type whole struct {
	stores *stores
	module string
	all    bool // everything is allowed, not only reading records of no account
}

var errWhole = sdk.Errorf(sdk.Denied, "only a function of WHM API 1 may use the module's whole data in this way")

// of returns the storage that has a key, and the key in it.
func (w *whole) of(key string) (sdk.Storage, string, error) {
	account, name, ok := strings.Cut(key, "/")
	if !ok {
		return nil, "", sdk.Errorf(sdk.Invalid, "a key of the module's whole data is an account, a slash and a key")
	}
	return w.stores.of(w.module, account), name, nil
}

// Get implements sdk.Storage.
func (w *whole) Get(ctx context.Context, key string) (sdk.Record, error) {
	if !w.all && !strings.HasPrefix(key, "/") {
		return sdk.Record{}, errWhole
	}
	storage, name, err := w.of(key)
	if err != nil {
		return sdk.Record{}, err
	}
	r, err := storage.Get(ctx, name)
	r.Key = key
	return r, err
}

// Swap implements sdk.Storage.
func (w *whole) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	if !w.all {
		return 0, errWhole
	}
	storage, name, err := w.of(key)
	if err != nil {
		return 0, err
	}
	return storage.Swap(ctx, name, old, value)
}

// List implements sdk.Storage.
func (w *whole) List(ctx context.Context, prefix, after string, limit int) ([]sdk.Record, error) {
	if !w.all && !strings.HasPrefix(prefix, "/") {
		return nil, errWhole
	}
	var found []sdk.Record
	for _, account := range w.stores.accounts(w.module) {
		for name := ""; ; {
			page, err := w.stores.of(w.module, account).List(ctx, "", name, 1000)
			if err != nil {
				return nil, err
			}
			for _, r := range page {
				name = r.Key
				if r.Key = account + "/" + r.Key; strings.HasPrefix(r.Key, prefix) && r.Key > after {
					found = append(found, r)
				}
			}
			if len(page) < 1000 {
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b sdk.Record) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(limit, len(found))], nil
}
