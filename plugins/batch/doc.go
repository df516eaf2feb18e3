// Package batch is the module Batch: several calls in one (U §8). It is no
// transaction: what was executed before a command failed stays done.
//
// Its one function, strict, executes commands in their order and stops at the
// first that fails. Every command is checked before the first one runs, so
// that a list with a broken command has no effect at all. What a command may do
// is decided by the host for each of them, as if it were called alone.
//
// A batch inside a batch is refused. A function of another module that calls
// Batch itself is not seen here; the host bounds how deep calls are nested.
//
// The program plugins/cmd/batch serves it. It has no settings.
package batch
