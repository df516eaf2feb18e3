// Package store has the layers between the records of modules and the engine that
// keeps them. Layers, engines and stacks of them are all [protocol.Storage].
//
// A host stacks them, from the disk up:
//
//	engine, err := sqlite.Open(ctx, path)               // what survives a power cut; for a fleet, etcd.Open
//	ring := keys.NewRing(keyPath, rand.Reader)          // a file of its own
//	sealed := store.Sealed(engine, ring)                // nothing readable below this
//	view := store.Scope(sealed, "Greeter", "ann") // what one call is given
//
// [Whole] is the other view, of what a module has of all accounts and of none.
// [Lazy] opens all that on first use, so that a call which stores nothing
// never touches the disk. [Reported] tells the host's log what fails below it.
//
// What an administrator does stands beside the layers, for any engine: [Count] says
// which keys have sealed the records, [Rekey] and [Retire] bring a change of keys to
// its end, and [Copy] copies one engine to another. All but Copy work under running
// hosts.
//
// What one layer adds to keys and values has its room in the layers below: a
// module has [protocol.MaxKey] and [protocol.MaxValue] to the full, whatever
// its account is called.
//
// Errors: those of the engine, see packages sqlite and etcd; [protocol.CodeInvalid]
// for a key, value or limit out of bounds; [protocol.CodeInternal] for a record that
// does not open. No text holds a value.
//
// The package is not an engine and has no keys: it stands on [protocol.Storage] and
// on [Keys], and imports neither SQLite nor etcd nor a cipher. It does not decide
// who may read what, and knows nothing of calls.
package store
