// Package unix is the door for unix sockets: it creates or inherits the socket,
// accepts connections, asks the kernel who the caller is (W17), limits the number
// of connections, and ends them in order. It does not know what
// callers send: the function that serves a connection is an argument (in the host, it
// is package session's).
package unix
