// Package host has no code of its own. It describes the packages below it, and has
// the tests of the whole host, over real sockets and with real programs.
//
// A call goes through a door and the core to the module that serves it:
//
//	door/session   LiveAPI's stream: requests, tags, replies
//	door/unix      unix sockets: who calls, how many at once
//	call           the core: router, gates, modifiers, services of a call
//	supervise      finds, starts and restarts the programs of modules
//	store          the data of modules: views, encryption; below it keys and engines
//
// Around them:
//
//	page           runs pages, each with its own socket
//	accounts       accounts, from files and the system's user database
//	texts          texts of pages, by language
//	audit          the record of what administrators did
//	redact         removes secrets from frames that are shown in a log
//	reference      the reference pages and the OpenAPI document
//	sys            the system: identity, trust, cleanup after killed processes
//
// And on top:
//
//	app            builds a host from these packages and its settings
//	caller         the caller's side: finds a running host and calls it
//	cmd            the commands
//
// A test holds which package may import which: protocol/laws_test.go.
package host
