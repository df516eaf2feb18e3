package store

import "context"

// Keys seals and opens records, for [Sealed]. A keys.Ring implements it.
type Keys interface {
	// Seal seals value for a record's key. The caller calls done when the record is
	// stored, or will not be.
	Seal(ctx context.Context, key string, value []byte) (box []byte, done func(), err error)

	// Open opens a box that Seal has made for the same record's key.
	Open(ctx context.Context, key string, box []byte) ([]byte, error)
}

// Ring is Keys that can change, for [Count], [Rekey] and [Retire]. A keys.Ring
// implements it.
type Ring interface {
	Keys

	// SealedBy returns the id of the key that has sealed a record, without opening
	// it; an error when this is not known.
	SealedBy(box []byte) (id string, err error)

	// Current reports whether a record is sealed by the key that seals now.
	Current(ctx context.Context, box []byte) (bool, error)

	// Remove removes a key. It fails for the key that seals, and when unused returns
	// an error; unused is called while no one else can change the keys.
	Remove(ctx context.Context, id string, unused func() error) error
}
