// Package app builds a host from all its parts and its settings: it is the only
// package that imports the storage engines, the transport to module processes and all
// doors. It does the work of the commands: serve, answer one caller, run a page, open
// a session with the running host or with a new one, and administer store, keys and
// accounts.
//
// It prints nothing on a terminal and reads no arguments except the flags of settings:
// that is the task of host/cmd.
package app
