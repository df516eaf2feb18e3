// Package keys has the keys that seal records: their file, how they change while hosts
// run, and how a key management service wraps them.
//
//	ring := keys.NewRing(path, rand.Reader) // made when the first record is sealed
//	box, done, err := ring.Seal(ctx, "Greeter/ann/secret", value)
//	// … store the box …
//	done()
//	value, err = ring.Open(ctx, "Greeter/ann/secret", box)
//
// A record is sealed with XChaCha20-Poly1305 under a random nonce, and bound to its
// key in the store: moved to another place it does not open. The comment of [Ring]
// describes the file and how processes share it; [Ring.Add], [Ring.Promote] and
// [Ring.Remove] change it. An [AEAD], such as an [Adapter], wraps the keys in it.
//
// Errors name files, the ids of keys and what to do. They contain no key and no value,
// and no format prints one.
//
// The package is not a store and imports no engine. It does not search for the records
// of a key: that is the task of package store. Its Sealed puts a [Ring] above an
// engine, and its Rekey and Retire complete a change of keys.
package keys
