package unix

import (
	"io"
	"net"
)

// Relay copies a session's bytes between a caller and a daemon until the daemon
// ends the session, and closes both. It passes the caller's end of file to the
// daemon, so that the daemon decides when the session is over.
func Relay(caller io.ReadWriteCloser, daemon *net.UnixConn) {
	go func() {
		io.Copy(daemon, caller)
		daemon.CloseWrite()
	}()
	io.Copy(caller, daemon)
	if c, ok := caller.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	}
	daemon.Close()
	caller.Close() // ends the other copy, if the system can interrupt its read
}
