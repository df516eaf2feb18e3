package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience is the timeout of every wait in the tests.
const patience = 5 * time.Second

// awaitFolder waits until holds is true. It checks after each change of the folder,
// until the timeout or until stop is closed.
func awaitFolder(dir string, stop <-chan struct{}, holds func() bool) error {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer events.Close()
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_DELETE|unix.IN_MOVE|unix.IN_ATTRIB|unix.IN_CLOSE_WRITE); err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	if err := events.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-stop:
			events.SetReadDeadline(time.Unix(1, 0))
		case <-finished:
		}
	}()
	for buffer := make([]byte, 4096); !holds(); {
		if _, err := events.Read(buffer); err != nil {
			if holds() {
				return nil
			}
			return fmt.Errorf("nothing more happened in %s: %w", dir, err)
		}
	}
	return nil
}

// awaitSocket waits until a host accepts connections on the socket. A host sets the
// socket's permissions after it has begun to listen, and this change is an event.
func awaitSocket(path string, exited <-chan struct{}) error {
	return awaitFolder(filepath.Dir(path), exited, func() bool {
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// awaitGone waits until the path does not exist.
func awaitGone(path string) error {
	err := awaitFolder(filepath.Dir(path), nil, func() bool {
		_, err := os.Lstat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
	if err != nil {
		return fmt.Errorf("%s is still there: %w", path, err)
	}
	return nil
}

// process is a process with an open descriptor, so that its number cannot become that
// of another process.
type process struct {
	fd      int
	pid     int
	command string
}

func (p process) String() string { return fmt.Sprintf("%d (%s)", p.pid, p.command) }

// hold opens the process; false when it does not exist any more.
func hold(pid int) (process, bool) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return process{}, false
	}
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return process{fd: fd, pid: pid, command: string(bytes.ReplaceAll(bytes.TrimRight(command, "\x00"), []byte{0}, []byte{' '}))}, true
}

// kill sends SIGKILL.
func (p process) kill() error { return unix.PidfdSendSignal(p.fd, unix.SIGKILL, nil, 0) }

// ended waits for the end of the process and closes its descriptor. A process that
// does not end is killed, so that no test leaves it running.
func (p process) ended() error {
	defer unix.Close(p.fd)
	for deadline := time.Now().Add(patience); ; {
		polled := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(polled, int(max(time.Until(deadline), 0).Milliseconds()))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			p.kill()
			return fmt.Errorf("process %s is still there after %s", p, patience)
		default:
			return nil
		}
	}
}

// descendants opens every process below pid.
func descendants(pid int) ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it has just ended
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stat, err)
		}
		children[parent] = append(children[parent], child)
	}
	var all []process
	for queue := children[pid]; len(queue) > 0; queue = queue[1:] {
		if p, ok := hold(queue[0]); ok {
			all = append(all, p)
		}
		queue = append(queue, children[queue[0]]...)
	}
	return all, nil
}

// allEnded waits for the end of each.
func allEnded(processes []process) error {
	var problems []error
	for _, p := range processes {
		problems = append(problems, p.ended())
	}
	return errors.Join(problems...)
}

// left lists what is in a folder.
func left(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
