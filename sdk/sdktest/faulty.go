package sdktest

import (
	"context"

	"liveapi.host/sdk"
)

// Faulty is a storage whose Get and Swap fail when a test sets their errors. It serves
// one call at a time; set its members between calls.
type Faulty struct {
	sdk.Storage

	GetErr, SwapErr error // the errors of Get and Swap; nil: they work
	Written         bool  // Swap writes first and then returns SwapErr
	Swaps           int   // how often Swap was called
}

// NewFaulty returns an empty storage in memory that works until an error is set.
func NewFaulty() *Faulty { return &Faulty{Storage: NewMemory()} }

// Get implements sdk.Storage.
func (f *Faulty) Get(ctx context.Context, key string) (sdk.Record, error) {
	if f.GetErr != nil {
		return sdk.Record{}, f.GetErr
	}
	return f.Storage.Get(ctx, key)
}

// Swap implements sdk.Storage.
func (f *Faulty) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	f.Swaps++
	if f.SwapErr != nil && !f.Written {
		return 0, f.SwapErr
	}
	version, err := f.Storage.Swap(ctx, key, old, value)
	if err == nil && f.SwapErr != nil {
		return 0, f.SwapErr
	}
	return version, err
}
