package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"liveapi.host/host/supervise"
	"liveapi.host/protocol/modulerpc"
)

// kinds are the processes that this program can be, beside the measuring one and
// the module.
var kinds = map[string]func([]string) error{
	"echo":  serveEcho,
	"relay": serveRelay,
	"host":  serveHost,
}

// server is a process that serves rows. It starts when a row that was selected
// needs it.
type server struct {
	socket  string
	module  bool // it counts as a module, and not as a host
	begin   func(*server) (stop func(), err error)
	process *modulerpc.Process // of a module that is started without a host

	pid  int
	stop func() // nil: not started
}

func (s *server) ensure() (err error) {
	if s.stop == nil {
		s.stop, err = s.begin(s)
	}
	return err
}

// lab holds what rows share: the servers, and a folder for what they keep.
type lab struct {
	options
	dir     string
	folder  string // of modules: this program as the module Bench
	servers []*server
	others  []func() // what else is to be closed

	echo, relay          *server
	lane, stream, inside *server // hosts
	onLane, onStream     *server // module processes without a host
	real                 *server // a host with the real modules, whose callers say who they are
}

func newLab(o options) (*lab, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, dir: dir}
	if l.folder, err = modulesFolder(dir); err != nil {
		l.close()
		return nil, err
	}
	l.echo = l.program("echo")
	l.echo.module = true // the second of the relay's two processes
	l.relay = l.program("relay", l.echo.socket)
	l.lane = l.host("lane", l.folder, "-link", "lane")
	l.stream = l.host("stream", l.folder, "-link", "stream")
	l.inside = l.host("inside", l.folder, "-link", "inside")
	l.real = l.host("real", o.modules, "-named")
	l.onLane, l.onStream = l.moduleProcess(false), l.moduleProcess(true)
	return l, nil
}

func (l *lab) close() {
	for _, end := range l.others {
		end()
	}
	for _, s := range l.servers {
		if s.stop != nil {
			s.stop()
		}
	}
	os.RemoveAll(l.dir)
}

func (l *lab) add(s *server) *server {
	l.servers = append(l.servers, s)
	return s
}

// program is this program as a process of one kind, on a socket.
func (l *lab) program(kind string, args ...string) *server {
	args = append([]string{kind, filepath.Join(l.dir, kind+".sock")}, args...)
	return l.add(&server{socket: args[1], begin: func(s *server) (func(), error) { return s.spawn(args...) }})
}

// host is a host on a socket, with a state folder of its own. Its modules have
// started when it is ready.
func (l *lab) host(name, modules string, args ...string) *server {
	socket := filepath.Join(l.dir, name+".sock")
	args = append([]string{"host", "-socket", socket, "-modules", modules, "-state", l.state(name)}, args...)
	return l.add(&server{socket: socket, begin: func(s *server) (func(), error) { return s.spawn(args...) }})
}

// state is the state folder of a host.
func (l *lab) state(host string) string { return filepath.Join(l.dir, host) }

// moduleProcess is the module Bench without a host: this process calls it.
func (l *lab) moduleProcess(noLane bool) *server {
	return l.add(&server{module: true, begin: func(s *server) (stop func(), err error) {
		s.process, err = startModule(context.Background(), filepath.Join(l.folder, "bench"), noLane)
		if err != nil {
			return nil, err
		}
		s.pid = s.process.Pid()
		return func() { s.process.Close() }, nil
	}})
}

func startModule(ctx context.Context, path string, noLane bool) (*modulerpc.Process, error) {
	return modulerpc.Start(ctx, modulerpc.Config{Path: path, Env: supervise.Env(), NoLane: noLane})
}

// spawn runs this program with arguments and waits until it is ready.
func (s *server) spawn(args ...string) (stop func(), err error) {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		cmd.Wait()
		return nil, fmt.Errorf("%s did not start: %w", args[0], err)
	}
	s.pid = cmd.Process.Pid
	return func() { cmd.Process.Kill(); cmd.Wait() }, nil
}

// modulesFolder holds a copy of this program as the module Bench.
func modulesFolder(dir string) (string, error) {
	folder := filepath.Join(dir, "modules")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	return folder, os.WriteFile(filepath.Join(folder, "bench"), program, 0o755)
}
