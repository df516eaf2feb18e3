// Package unix is the door of unix sockets: it makes or inherits the socket,
// accepts connections, asks the kernel who is at the other end (W17), bounds how
// many there are, and ends them in order. What is said on a connection is an
// argument: package session's, in the host.
package unix
