// Package uapi is what a UAPI result and its arguments look like to callers:
// the envelopes around a [protocol.Result] (U1 to U5), the error texts that
// callers match (U §4), and the rules that turn JSON into arguments (U7 to U9).
//
// Everything is a pure function. The package knows no transport: the LiveAPI
// frame around an envelope, with the escapes that it needs, is package liveapi.
// Raw JSON of a module passes through literally; it is checked and made compact
// (U2), never decoded and encoded again.
//
// The Append functions append to dst and return it. On an error dst comes back
// as it was.
package uapi
