package caller

import (
	"errors"
	"fmt"
	"net"
	"os"

	"liveapi.host/host/sys/identity"
)

// Finder finds the host that runs on this machine.
type Finder struct {
	Path  string // the socket that is tried first
	Asked bool   // the user named Path: no other socket is tried, and its listener is trusted
	Log   Logger // nil: no log
}

// Logger takes messages with alternating names and values, as hclog.Logger and
// *slog.Logger do.
type Logger interface {
	Debug(text string, pairs ...any)
	Warn(text string, pairs ...any)
}

// Connect connects to a running host: on the socket that the user named, else on
// this user's own, else on the machine's. Unless the user named the socket, a host is
// trusted only when root or this user runs it, as the kernel reports (W17).
//
// Without a host both results are nil; but when the user named the socket there is an
// error, which says what to do.
func (f Finder) Connect() (*net.UnixConn, error) {
	paths := []string{f.Path}
	if !f.Asked && f.Path != SystemSocket {
		paths = append(paths, SystemSocket)
	}
	for _, path := range paths {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			if f.Asked {
				return nil, fmt.Errorf("no host answers on %s (set by --socket, LIVEAPI_SOCKET or the configuration); start one with "+
					"liveapi serve: %w", path, errors.Unwrap(err))
			}
			continue
		}
		uid, err := identity.PeerUID(conn)
		if err == nil && (uid == 0 || uid == os.Getuid() || f.Asked) {
			f.note(Logger.Debug, "a daemon answers", "socket", path, "uid", uid)
			return conn, nil
		}
		f.note(Logger.Warn, "a daemon of another user is not used", "socket", path, "uid", uid, "error", err)
		conn.Close()
	}
	return nil, nil
}

func (f Finder) note(say func(Logger, string, ...any), text string, pairs ...any) {
	if f.Log != nil {
		say(f.Log, text, pairs...)
	}
}
