// Package identity is who somebody is by the kernel's word (W17): the peer of a
// socket, and the account of a user.
package identity

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// PeerUID asks the kernel who is at the other end of a unix socket. For a
// connection that was dialled it is the user who had begun to listen.
func PeerUID(conn *net.UnixConn) (int, error) {
	uid, _, err := Peer(conn)
	return uid, err
}

// Peer is PeerUID with the process that made the connection.
func Peer(conn *net.UnixConn) (uid, pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	var peer *unix.Ucred
	var failure error
	err = raw.Control(func(fd uintptr) {
		peer, failure = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err = errors.Join(err, failure); err != nil {
		return 0, 0, fmt.Errorf("ask the kernel for the peer's user: %w", err)
	}
	return int(peer.Uid), int(peer.Pid), nil
}

// Origin says where a call comes from that came through door, for the record of
// what administrators did: by which process on which machine, and, for a process
// of root's, by the account that somebody had logged in with.
func Origin(door string, uid, pid int) string {
	from := fmt.Sprintf("%s, pid %d", door, pid)
	if uid != 0 {
		return from
	}
	if name, err := os.Hostname(); err == nil {
		from += " on " + name
	}
	if login := Login(pid); login != "" {
		from += ", login user " + login
	}
	return from
}

// Login is the account that a process's user had logged in with, whoever he has
// become since: the kernel's audit login uid. It is "" when there is none, as for
// a service.
func Login(pid int) string {
	const unset = "4294967295"
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/loginuid", pid))
	uid, wrong := strconv.Atoi(string(text))
	if err != nil || wrong != nil || string(text) == unset {
		return ""
	}
	return Account(uid)
}

// Account is the account of a uid: its name in the system's user database, or
// "#" and the number when it has none there. A user's name cannot begin with "#",
// so the two never meet.
func Account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil && u.Username != "" {
		return u.Username
	}
	return "#" + strconv.Itoa(uid)
}

// Own is the account of who runs this program: of the real user, so that a
// set-uid copy would not change whose data it is.
func Own() string { return Account(os.Getuid()) }
