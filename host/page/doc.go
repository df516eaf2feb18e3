// Package page runs LiveAPI pages: it finds the interpreter by a page's name, gives
// the page a socket of its own and an environment of its own, and passes its output
// on (U §10). It does not answer calls: what serves the page's socket is an
// argument.
package page
