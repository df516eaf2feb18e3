package sdktest

import (
	"context"

	"liveapi.host/sdk"
)

// Faulty is a storage whose Get and Swap fail when a test says so. It serves one
// call at a time, and its members are set between calls.
type Faulty struct {
	sdk.Storage

	GetErr, SwapErr error // what they fail with; nil: they work
	Written         bool  // Swap writes all the same, and then fails
	Swaps           int   // how often Swap was called
}

// NewFaulty returns an empty storage in memory that works, until it is told to fail.
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
