// Package batch is the module Batch: several calls in one (U §8). It is not a
// transaction: commands that ran before one failed are not undone.
//
// Its one function, strict, executes commands in their order and stops at the
// first that fails. Every command is checked before the first one runs, so
// that a list with a broken command has no effect at all. The host decides whether
// each command is allowed, as if it were called alone.
//
// A batch inside a batch is refused. A function of another module that calls
// Batch itself is not seen here; the host bounds how deep calls are nested.
//
// The program plugins/cmd/batch serves it. It has no settings.
package batch
