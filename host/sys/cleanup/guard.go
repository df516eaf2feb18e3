package cleanup

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits for the end of its standard input, which comes when the host
// is gone, and then removes what still is what it was when the guard was set.
const guardScript = `trap '' HUP INT TERM
read -r _
while [ $# -gt 2 ]; do
	( # under the lock that the next host holds while it makes its socket (oneAtATime)
		flock -w 1 9
		[ "$(stat -c "$2" -- "$1" 2>/dev/null)" = "$3" ] && rm -rf -- "$1"
	) 9<"${1%/*}"
	shift 3
done`

// Guard removes sockets and private folders when this process is killed, which
// leaves it no time to do so itself: a small shell of its own session waits for
// that.
type Guard struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

// NewGuard guards the paths, all of which must exist. Remove what is to be
// removed at an orderly end yourself, and then Close the guard.
func NewGuard(paths ...string) (*Guard, error) {
	args := []string{"-c", guardScript, "liveapi-guard"}
	for _, path := range paths {
		format, id, err := stamp(path)
		if err != nil {
			return nil, fmt.Errorf("guard %s: %w", path, err)
		}
		args = append(args, path, format, id)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a signal to the host's group is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		pipe.Close()
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	return &Guard{cmd: cmd, pipe: pipe}, nil
}

// Close ends the guard; what it guards and is still there goes away. A nil Guard
// guards nothing.
func (g *Guard) Close() error {
	if g == nil {
		return nil
	}
	g.pipe.Close()
	return g.cmd.Wait()
}

// stamp tells a file from a later one of the same name, in a format of
// stat(1): by device and inode, and for a socket also by the time of its last
// change, since inodes are used again. A folder changes with what is in it, but
// a private folder's name does not come twice.
func stamp(path string) (format, id string, err error) {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return "", "", err
	}
	if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		return "%d:%i", fmt.Sprintf("%d:%d", st.Dev, st.Ino), nil
	}
	return "%d:%i:%.9Z", fmt.Sprintf("%d:%d:%d.%09d", st.Dev, st.Ino, st.Ctim.Sec, st.Ctim.Nsec), nil
}
