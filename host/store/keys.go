package store

import "context"

// Keys seals and opens records, for [Sealed]. A keys.Ring does.
type Keys interface {
	// Seal seals value for a record's key. The caller calls done when the record is
	// stored, or will not be.
	Seal(ctx context.Context, key string, value []byte) (box []byte, done func(), err error)

	// Open opens what Seal has sealed for the same record's key.
	Open(ctx context.Context, key string, box []byte) ([]byte, error)
}

// Ring is Keys that come and go, for [Count], [Rekey] and [Retire]. A keys.Ring is one.
type Ring interface {
	Keys

	// SealedBy returns the id of the key that has sealed a record, and opens
	// nothing; an error when that cannot be said.
	SealedBy(box []byte) (id string, err error)

	// Current reports whether the key that seals now has sealed a record.
	Current(ctx context.Context, box []byte) (bool, error)

	// Remove forgets a key, unless it is the one that seals or unused, which is
	// called while nobody else can change the keys, has an error.
	Remove(ctx context.Context, id string, unused func() error) error
}
