// Package command has the commands uapi, cpapi2 (U §5) and whmapi1 (U §7): one call
// from a shell. The programs differ only in how they reach a host: host/cmd/uapi uses
// a running one, host/cmd/liveapi can be one.
package command
