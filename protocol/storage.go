package protocol

import "context"

// Version identifies one state of one record. 0 means that there is no record.
// Versions never restart for a key: after a delete and a new create, a
// [Storage.Swap] with a version from before is a conflict.
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
	MaxList  = 1000    // records that one List returns

	// MaxAccount is how many bytes an account's name may have; a key of
	// [Services.Whole] may be longer than MaxKey by a name and a slash.
	MaxAccount = 255
)

// Storage stores small records. Every engine, the sealing layer above the engines,
// the view that one module has of one account, and the proxy inside a module
// process implement it. Implementations are safe for concurrent use, also by
// several host processes.
//
// A key is 1 to [MaxKey] bytes of UTF-8 without control characters. Match errors
// with errors.Is. Any other error means that nothing was read, and that a caller must
// not assume that something was written.
type Storage interface {
	// Get returns the present record (linearizable), or [ErrNotFound].
	Get(ctx context.Context, key string) (Record, error)

	// Swap replaces the record if its version is still old, and returns when
	// the change would survive a power cut. old 0 means that there must be no
	// record; a nil value deletes (the returned Version is then 0); a value
	// that is empty but not nil is stored. Errors: [ErrConflict] (the version
	// differs; nothing was written), [ErrUnknown] (it may or may not have been
	// written), [ErrFull] (no space; nothing was written).
	Swap(ctx context.Context, key string, old Version, value []byte) (Version, error)

	// List returns the records whose key starts with prefix and is greater than
	// after, in ascending byte order of keys, at most limit of them (1 to
	// [MaxList]).
	List(ctx context.Context, prefix, after string, limit int) ([]Record, error)
}
