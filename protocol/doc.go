// Package protocol has the types that the host, its modules and every
// transport between them share: [Call], [Result], [Manifest], [Error],
// [Module], [Services] and [Storage].
//
// It imports the standard library only and does no I/O. How a caller's bytes
// become a Call is package liveapi; how a Call travels to a module process is
// package modulerpc; how a Result becomes UAPI's JSON is package uapi.
//
// The central interface is [Module]. A module author's value, a remote proxy, a
// supervised process, the router and the steps around it are Modules, so each can
// replace another.
package protocol
