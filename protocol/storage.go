package protocol

import "context"

// Version names one state of one record. 0 means that there is no record.
// Versions never restart for a key: delete and create again do not look the
// same to a [Storage.Swap] that was prepared in between.
type Version uint64

// Record is one stored value.
type Record struct {
	Key     string
	Version Version // never 0
	Value   []byte  // never nil; may be empty
}

// Bounds of a [Storage].
const (
	MaxKey   = 512     // bytes in a key
	MaxValue = 1 << 20 // bytes in a value
	MaxList  = 1000    // records in one answer of List

	// MaxAccount bounds an account's name, in bytes; a key of [Services.Whole]
	// may be longer than MaxKey by a name and a slash.
	MaxAccount = 255
)

// Storage keeps small records. Every engine, the sealing above the engines, the
// view that one module has of one account, and the proxy inside a module
// process implement it. Implementations are safe for concurrent use, by
// several host processes too.
//
// A key is 1 to [MaxKey] bytes of UTF-8 without control characters. Errors are
// matched with errors.Is; any other error means that nothing is known to have
// been written and nothing was read.
type Storage interface {
	// Get returns the record as of now (linearizable), or [ErrNotFound].
	Get(ctx context.Context, key string) (Record, error)

	// Swap replaces the record if its version is still old, and returns once
	// the change would survive a power cut. old 0 means that there must be no
	// record; a nil value deletes (the returned Version is then 0); a value
	// that is empty but not nil is stored. Errors: [ErrConflict] (version
	// differs; nothing written), [ErrUnknown] (it may or may not have been
	// written), [ErrFull] (no space; nothing written).
	Swap(ctx context.Context, key string, old Version, value []byte) (Version, error)

	// List returns records whose key starts with prefix and is greater than
	// after, in ascending byte order of keys, at most limit of them (1 to
	// [MaxList]).
	List(ctx context.Context, prefix, after string, limit int) ([]Record, error)
}
