// Package app joins everything to a host, by its settings: it is the only package
// that knows the engines of storage, the transport to module processes and every
// door at once. Commands ask it for what they do: serve, answer one caller, run a
// page, open a session with whichever host there is, and the work of an
// administrator on store, keys and accounts.
//
// It shows nothing on a terminal and reads no arguments but the flags of settings:
// that is host/cmd's.
package app
