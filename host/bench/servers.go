package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	liveapidoor "liveapi.host/host/door/session"
	"liveapi.host/host/supervise"
	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

// echoLayer is the name of the layer that the others are compared with.
const echoLayer = "raw echo, one hop"

// request is an action of about 120 bytes, as the Perl and PHP libraries send it.
const action = `<cpanelaction>{"apiversion":"uapi","args":{"name":"value"},"func":"empty","module":"Bench","reqtype":"exec"}</cpanelaction>`

var request = fmt.Appendf(nil, "%d\n%s", len(action), action)

// echoReply is a line of about 200 bytes.
var echoReply = append(make([]byte, 199), '\n')

// servers are the processes that this program can be, beside the measuring one.
var servers = map[string]func([]string) error{
	"echo":  func(a []string) error { return accept(a[0], echo) },
	"relay": func(a []string) error { return accept(a[0], func(c net.Conn) { relay(c, a[1]) }) },
	"host":  serveHost,

	"verifier": serveVerifier,
}

func accept(socket string, serve func(net.Conn)) error {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

func echo(conn net.Conn) {
	defer conn.Close()
	for buf := make([]byte, len(request)); ; {
		if _, err := conn.Read(buf); err != nil {
			return
		}
		if _, err := conn.Write(echoReply); err != nil {
			return
		}
	}
}

// relay is the second hop: it passes each request on and the reply back.
func relay(conn net.Conn, to string) {
	defer conn.Close()
	next, err := net.Dial("unix", to)
	if err != nil {
		return
	}
	defer next.Close()
	in := bufio.NewReader(next)
	for buf := make([]byte, len(request)); ; {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := next.Write(buf[:n]); err != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if _, err := conn.Write(line); err != nil {
			return
		}
	}
}

// serveHost is a host on a socket: [socket, modules folder, "lane", "stream" or "inside"].
func serveHost(args []string) error {
	var core call.Config
	if args[2] == "inside" {
		core.Builtin = []protocol.Module{benchModule{}}
	}
	door, err := newDoor(core, args[1], args[2] == "stream")
	if err != nil {
		return err
	}
	return accept(args[0], func(conn net.Conn) {
		door.Serve(context.Background(), conn, call.Caller{Account: "bench"})
	})
}

// newDoor is a host with the programs of a folder.
func newDoor(core call.Config, modules string, noLane bool) (*liveapidoor.Door, error) {
	core.Table = call.NewTable(hclog.NewNullLogger())
	core.Source = supervise.New(
		supervise.Config{Folder: modules, Table: core.Table, Start: func(ctx context.Context, path string) (supervise.Child, error) {
			return modulerpc.Start(ctx, modulerpc.Config{Path: path, Env: supervise.Env(), NoLane: noLane})
		}},
	)
	host, err := call.New(core)
	return &liveapidoor.Door{Host: host}, err
}

// benchModule has one empty function.
type benchModule struct{}

func (benchModule) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: "Bench", Doc: "Does nothing.", Functions: []protocol.Function{
		{Name: "empty", API: protocol.UAPI}, {Name: "large", API: protocol.UAPI}}}}, nil
}

var large = json.RawMessage(`"` + string(make64K()) + `"`)

func make64K() []byte {
	b := make([]byte, 64<<10)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

func (benchModule) Invoke(_ context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.Function == "large" {
		return &protocol.Result{Status: 1, Data: large}, nil
	}
	return &protocol.Result{Status: 1}, nil
}

// start runs this program as a server and waits until it is ready.
func start(args ...string) (stop func(), err error) {
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
