package unix

import (
	"io"
	"net"
)

// Relay carries a session's bytes between a caller and a daemon until the
// daemon ends it, and closes both. The caller's end of file is passed on, so
// that the daemon decides when the session is over.
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
	caller.Close() // ends the other direction, where the system can end a read
}
