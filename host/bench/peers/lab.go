package main

import (
	"bufio"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"liveapi.host/host/bench/internal/measure"
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
	children, err := measure.Children()
	if err != nil {
		return 0, err
	}
	for all := []int{pid}; len(all) > 0; all = all[1:] {
		used, err := measure.ProcessTime(all[0])
		if err != nil {
			return 0, err
		}
		sum += used
		all = append(all, children[all[0]]...)
	}
	return sum, nil
}
