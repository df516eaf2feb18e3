// Package sqlite is the engine of package store for one machine: a database file
// that any number of host processes use at once, and its backups.
//
//	engine, err := sqlite.Open(ctx, "/var/lib/liveapi/liveapi.db")
//
// A Swap that succeeded survives a power cut. Swaps that come at once share a
// commit; see [Store]. [Store.Backup] and [Restore] work under running hosts; what
// they open records with they are given, see [Keys].
//
// Errors: the coded ones of [protocol.Storage]; [protocol.CodeInvalid] for a key,
// value or limit out of bounds; [protocol.CodeUnavailable] for a database that
// another process kept locked. Every other error is internal: its text names files
// and says what to do, and is for the log. No text holds a value.
//
// The package does not seal: what it is given it writes, and whoever reads the file
// reads that. It knows nothing of accounts or modules, and is not for a file system
// that several machines share.
package sqlite
