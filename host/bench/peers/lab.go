package main

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed *.php
var phpScripts embed.FS

// lab holds the servers and a folder for their sockets.
type lab struct {
	dir     string
	running map[string]*server
}

// server is a process of this program.
type server struct {
	pid  int
	stop func()
}

// stopAll ends the servers; rows that need them start them again.
func (l *lab) stopAll() {
	for _, s := range l.running {
		s.stop()
	}
	clear(l.running)
}

func (l *lab) close() {
	l.stopAll()
	os.RemoveAll(l.dir)
}

// ensure starts a server before the first row that needs it.
func (l *lab) ensure(name string) (*server, error) {
	if s := l.running[name]; s != nil {
		return s, nil
	}
	os.Remove(l.socket(name)) // of one that was stopped
	cmd := exec.Command("/proc/self/exe", "serve", name, l.socket(name))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	s, err := startServer(cmd)
	if err != nil {
		return nil, err
	}
	l.running[name] = s
	return s, nil
}

// startServer starts a process that is the leader of its group, and waits until it says that it is ready.
func startServer(cmd *exec.Cmd) (*server, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{pid: cmd.Process.Pid, stop: func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its module processes too
		cmd.Wait()
	}}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s did not start: %w", strings.Join(cmd.Args[1:], " "), err)
	}
	return s, nil
}

// script returns the path of one of the scripts of PHP.
func (l *lab) script(name string) string {
	path := filepath.Join(l.dir, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	text, err := phpScripts.ReadFile(name)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err) // PHP will say that the script is not there
	}
	return path
}

// cpuTime is how long a process and those below it have used a processor.
func cpuTime(pid int) (sum time.Duration, err error) {
	const scheduler = 2 // CPUCLOCK_SCHED, to the nanosecond
	children, err := processTree()
	if err != nil {
		return 0, err
	}
	for all := []int{pid}; len(all) > 0; all = all[1:] {
		var t unix.Timespec
		if err := unix.ClockGettime(int32(^all[0]<<3|scheduler), &t); err != nil {
			return 0, fmt.Errorf("the processor time of process %d: %w", all[0], err)
		}
		sum += time.Duration(t.Nano())
		all = append(all, children[all[0]]...)
	}
	return sum, nil
}

// processTree returns the children of each process.
func processTree() (map[int][]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // the name before may have blanks
		if len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children, nil
}
