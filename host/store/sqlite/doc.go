// Package sqlite is the engine of package store for one machine: a database file
// that any number of host processes use at once, and its backups.
//
//	engine, err := sqlite.Open(ctx, "/var/lib/liveapi/liveapi.db")
//
// A Swap that succeeded survives a power cut. Simultaneous Swaps share a commit; see
// [Store]. [Store.Backup] and [Restore] work while hosts run; they get the keys for the
// records as an argument, see [Keys].
//
// Errors: the coded ones of [protocol.Storage]; [protocol.CodeInvalid] for a key,
// value or limit out of bounds; [protocol.CodeUnavailable] for a database that
// another process kept locked. Every other error is internal: its text names files
// and says what to do, and is for the log. No text holds a value.
//
// The package does not encrypt: it writes values as it gets them. It has no accounts
// and no modules, and is not for a file system that several machines share.
package sqlite
