// Package keys has the keys that seal records: their file, how they change under
// running hosts, and a key management service that keeps them wrapped.
//
//	ring := keys.NewRing(path, rand.Reader) // made when the first record is sealed
//	box, done, err := ring.Seal(ctx, "Greeter/ann/secret", value)
//	// … store the box …
//	done()
//	value, err = ring.Open(ctx, "Greeter/ann/secret", box)
//
// A record is sealed with XChaCha20-Poly1305 under a random nonce, and bound to its
// key in the store: moved to another place it does not open. [Ring] says what the
// file looks like and how processes agree on it; [Ring.Add], [Ring.Promote] and
// [Ring.Remove] change it. An [AEAD], such as an [Adapter], wraps the keys in it.
//
// Errors name files, keys by their ids and what to do; none holds a key or a value,
// and no format prints one.
//
// The package is not a store, knows no engine, and does not look for what a key has
// sealed: that is for package store, whose Sealed puts a [Ring] above an engine and
// whose Rekey and Retire bring a change of keys to its end.
package keys
