// Package variables is the module Variables: values by name, about the account that
// a page runs for, its session and the server.
//
// It stores nothing: it asks the host and the module Themes with each call, and
// guesses no value. A value that is not known is null.
//
// The program plugins/cmd/account serves it, with one setting:
//
//	ACCOUNT_HOSTNAME  the server's name; default: what the system says
package variables
