// Package command is the commands uapi and cpapi2 (U §5): one call from a shell.
// The programs that have these names differ only in how they get to a host:
// host/cmd/uapi uses a running one, host/cmd/liveapi can be one.
package command
