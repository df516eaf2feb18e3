// Package identity asks the kernel who a caller is (W17): the peer of a socket, and
// the account of a user. It does not decide what a caller may do.
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

// PeerUID returns the uid of the peer of a unix socket, from the kernel. On the
// dialling side, that is the user who called listen.
func PeerUID(conn *net.UnixConn) (int, error) {
	uid, _, err := Peer(conn)
	return uid, err
}

// Peer is PeerUID with the pid of the process that made the connection.
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

// Origin describes where a call came from, for the audit record: the door and the
// process, and for a process of root also the machine and the account that its user
// had logged in with.
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

// Login returns the account that the user of a process had logged in with, before
// any su or sudo: the kernel's audit login uid. It is "" when there was no login, as
// for a service.
func Login(pid int) string {
	const unset = "4294967295"
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/loginuid", pid))
	uid, wrong := strconv.Atoi(string(text))
	if err != nil || wrong != nil || string(text) == unset {
		return ""
	}
	return Account(uid)
}

// Account returns the account of a uid: its name in the system's user database, or
// "#" and the number if it has no name. A user's name cannot begin with "#", so the
// two forms cannot collide.
func Account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil && u.Username != "" {
		return u.Username
	}
	return "#" + strconv.Itoa(uid)
}

// Own returns the account of the real user of this program, so that a set-uid copy
// still uses the data of the user who runs it.
func Own() string { return Account(os.Getuid()) }
