// Package page runs LiveAPI pages: it chooses the interpreter by the page's name,
// gives the page its own socket and environment, and passes on its output (U §10).
// It does not know what the page sends: the function that serves the page's socket is
// an argument. It is not a web server and knows no HTTP.
package page
