package cleanup

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits for the end of its standard input, which comes when the host
// ends, and then removes each path that is still the same file as when the guard
// was started.
const guardScript = `trap '' HUP INT TERM
read -r _
while [ $# -gt 2 ]; do
	( # under the lock that the next host holds while it creates its socket (oneAtATime)
		flock -w 1 9
		[ "$(stat -c "$2" -- "$1" 2>/dev/null)" = "$3" ] && rm -rf -- "$1"
	) 9<"${1%/*}"
	shift 3
done`

// Guard removes sockets and private folders when this process is killed and cannot
// do so itself: a small shell in its own session waits for the end of the process.
type Guard struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

// NewGuard guards the paths, all of which must exist. At an orderly end, remove them
// yourself, and then Close the guard.
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
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that a signal to the host's process group does not end it
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

// Close ends the guard, which removes the guarded paths that still exist. A nil
// Guard does nothing.
func (g *Guard) Close() error {
	if g == nil {
		return nil
	}
	g.pipe.Close()
	return g.cmd.Wait()
}

// stamp identifies a file, so that the guard does not remove a later file of the
// same name. format is for stat(1). A socket is identified by device, inode and
// change time, because inodes are reused. A folder is identified by device and
// inode only: its change time changes with its files, but the name of a private
// folder is never reused.
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
