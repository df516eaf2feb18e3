// Package host answers LiveAPI callers with modules that run in processes of
// their own.
//
// A [Host] owns the table of modules, their processes and the storage. A
// session of a caller is served by [Host.ServeSession] on any byte stream;
// [Server] does that for each connection of a unix socket, and [Page] runs one
// page with a socket of its own. Who the caller is comes from the kernel
// (package-level functions in account.go), never from what the caller sends.
//
// It knows nothing of go-plugin, gRPC or any engine of storage: those are
// packages modulerpc and store, and main joins them.
package host
