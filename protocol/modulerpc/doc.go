// Package modulerpc carries calls between a host and its module processes. It
// is the only package that imports go-plugin and gRPC.
//
// The host's side is [Start], which starts a program and returns a [Process],
// a protocol.Module; the module's side is [Serve], which makes a
// protocol.Module the program's service. go-plugin owns the life cycle
// (handshake, logs, stop), and gRPC serves Describe. The calls travel as frames,
// many at a time in each direction, over one of two links, which pass the same tests:
//
//   - a gRPC stream, which a module in any language can serve (module.proto);
//   - the lane: the same frames, each after its length, over a socketpair that the
//     child inherits. It costs two thirds less than the stream.
//
// While it serves a call, a module may ask the host for its storage or for a
// call of another module; the request names the call, and the host takes the
// account and the module from there, never from the request.
//
// This package does not supervise: when to start a program again, and when not, is
// decided by the host. A Process is one run of one program.
package modulerpc
