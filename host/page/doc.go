// Package page runs LiveAPI pages: it chooses the interpreter by the page's name,
// gives the page its own socket and environment, and passes on its output (U §10).
// The function that serves the page's socket is an argument.
package page
