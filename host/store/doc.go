// Package store keeps the records of modules: the embedded engine, SQLite, and
// layers that can stand on any engine; that for a fleet is package etcd. All of
// them are [protocol.Storage].
//
// A host stacks them, from the disk up:
//
//	engine, err := store.OpenSQLite(ctx, path)         // what survives a power cut; for a fleet, etcd.Open
//	keys := store.NewKeyRing(keyPath, rand.Reader)     // a file of its own
//	sealed := store.Sealed(engine, keys)               // nothing readable below this
//	view := store.Scope(sealed, "TwoFactorAuth", "ann") // what one call is given
//
// [Whole] is the other view, of what a module has of all accounts and of none.
// [Lazy] opens all that on first use, so that a call which stores nothing
// never touches the disk. [Reported] tells the host's log what fails below it.
//
// What an administrator does stands beside the layers: keys come and go with the
// methods of [KeyRing] and with [Rekey] and [Retire], on any engine; an [AEAD],
// such as an [Adapter], keeps the keys wrapped; [SQLite.Backup] and
// [RestoreSQLite] copy the embedded store, [Copy] any to any. All but Copy works under running hosts.
//
// What one layer adds to keys and values has its room in the layers below: a
// module has [protocol.MaxKey] and [protocol.MaxValue] to the full, whatever
// its account is called.
//
// Errors: the coded ones of [protocol.Storage]; [protocol.CodeInvalid] for a
// key, value or limit out of bounds; [protocol.CodeUnavailable] for a database
// that another process kept locked, and for a cluster without a majority. Every
// other error is internal: its text names files and says what to do, and is for
// the log. No text holds a value.
//
// The package does not decide who may read what, and knows nothing of calls.
package store
