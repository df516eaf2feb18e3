// Package variables is the module Variables: what is known of the account that a
// page runs for, of its session and of the server, each value by a name.
//
// It is not where such values are kept: it says what the host and the module
// Themes say when it is asked, and nothing that it would have to guess. What is
// not known is null.
//
// The program plugins/cmd/account serves it, with one setting:
//
//	ACCOUNT_HOSTNAME  the server's name; default: what the system says
package variables
