// Package store has the layers between the records of modules and the engine that
// stores them. Layers, engines and stacks of them are all [protocol.Storage].
//
// A host stacks them, from the disk up:
//
//	engine, err := sqlite.Open(ctx, path)               // the disk; for a fleet, etcd.Open
//	ring := keys.NewRing(keyPath, rand.Reader)          // a file of its own
//	sealed := store.Sealed(engine, ring)                // values below this layer are encrypted
//	view := store.Scope(sealed, "Greeter", "ann") // the storage of one call
//
// [Whole] is the other view: a module's records of all accounts and those of no
// account. [Lazy] opens the stack on first use, so that a call which stores nothing
// does not touch the disk. [Reported] reports errors below it to the host's log.
//
// Functions for administrators work on any engine: [Count] returns which keys have
// sealed the records, [Rekey] and [Retire] complete a change of keys, and [Copy]
// copies one engine to another. All except Copy work while hosts run.
//
// Layers and engines allow for the bytes that the layers above add to keys and values:
// a module can always use [protocol.MaxKey] and [protocol.MaxValue], however long the
// name of its account is.
//
// Errors: those of the engine, see packages sqlite and etcd; [protocol.CodeInvalid]
// for a key, value or limit out of bounds; [protocol.CodeInternal] for a record that
// does not open. No error text contains a value.
//
// The package is not an engine and has no keys: it uses [protocol.Storage] and [Keys],
// and imports neither SQLite nor etcd nor a cipher. It does not decide who may read
// what.
package store
