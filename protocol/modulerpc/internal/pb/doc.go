// Package pb has the messages and the service of the protocol between a host and a
// module process, which protoc generates from protocol/modulerpc/module.proto (make
// proto). Do not edit the other files. Only package modulerpc uses it; modules and the
// rest of the host use the types of package protocol instead.
package pb
