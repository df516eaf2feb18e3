// Package modulerpc carries calls between a host and its module processes. It
// is the only package that imports go-plugin and gRPC.
//
// The host's side is [Start], which starts a program and returns a [Process],
// a protocol.Module; the module's side is [Serve], which makes a
// protocol.Module the program's service. go-plugin owns the life cycle
// (handshake, logs, stop), gRPC answers Describe, and the calls travel as
// frames, many at a time, each way, in one of two forms that pass the same
// tests:
//
//   - a gRPC stream, which a module in any language can serve (module.proto);
//   - the lane, the same frames behind a length each over a socketpair that
//     the child inherits. It costs two thirds less than the stream.
//
// While it serves a call, a module may ask the host for its storage or for a
// call of another module; the request names the call, and the host takes the
// account and the module from there, never from the request.
//
// Supervision (when to start again, when to give up) is the host's, not this
// package's: a Process is one life of one program.
package modulerpc
