// Package host has no code of its own: it is the map of what is below it, and the
// tests of the whole host, over real sockets and with real programs.
//
// A call comes in through a door and goes through the core to what serves it:
//
//	door/session   LiveAPI's stream: requests, tags, replies
//	door/unix      unix sockets: who calls, how many at once
//	call           the core: router, gates, modifiers, services of a call
//	supervise      programs of modules: found, started, kept
//	store          what modules store: views, sealing; below it keys and engines
//
// Around them:
//
//	page           runs pages, each with a socket of its own
//	accounts       what is known of accounts, from files
//	texts          texts of pages, by language
//	audit          the record of what administrators did
//	redact         what of a frame may be shown in a log
//	reference      the reference pages and the OpenAPI document
//	sys            facts of the system: identity, trust, what killed processes leave
//
// And on top:
//
//	app            joins all of these to a host, by its settings
//	caller         the caller's half: finds a running host and calls it
//	cmd            the commands
//
// Which of them may import which is a test: protocol/laws_test.go.
package host
