package host_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/host/door/session"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/store"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/host/supervise"
	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

// The test binary is also a module process.
func TestMain(m *testing.M) {
	if modulerpc.Launched() {
		modulerpc.Serve(newEcho(), modulerpc.NewLogger("Echo"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for an event that must happen.
const patience = 10 * time.Second

// echo is the module of the golden conversations and of these tests.
type echo struct {
	mu      sync.Mutex
	gate    chan struct{} // closed by release: the calls of hold continue
	holding chan string   // gets the account of each call of hold
}

func newEcho() *echo {
	return &echo{gate: make(chan struct{}), holding: make(chan string, 1000)}
}

func (e *echo) Describe(context.Context) ([]protocol.Manifest, error) {
	secret := []protocol.Field{{Name: "colour", Doc: "A secret of the caller.", Type: "string", Secret: true, List: true}}
	m := protocol.Manifest{Module: "Echo", Doc: "Returns what the tests need.", Version: "1"}
	for _, name := range []string{"big", "broken", "coded", "echo", "fail", "hold", "list", "nest", "nobody",
		"panic", "recall", "release", "remember", "slow", "stray", "uncoded", "whoami"} {
		m.Functions = append(m.Functions, protocol.Function{Name: name, Doc: name, API: protocol.UAPI})
	}
	m.Functions = append(m.Functions,
		protocol.Function{
			Name:    "paint",
			Doc:     "Has a secret whose name is not like a secret's.",
			Params:  append([]protocol.Field{{Name: "size", Type: "string"}}, secret...),
			Returns: protocol.Field{Type: protocol.TypeObject, Fields: secret},
		},
		protocol.Function{Name: "rows", Doc: "API 2.", API: protocol.API2},
		protocol.Function{Name: "text", Doc: "API 1.", API: protocol.API1})
	return []protocol.Manifest{m}, nil
}

func (e *echo) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	ok := func(data string) (*protocol.Result, error) {
		return &protocol.Result{Status: 1, Data: json.RawMessage(data)}, nil
	}
	switch call.Function {
	case "echo", "paint", "rows", "text":
		return ok(string(call.Args))
	case "list":
		return &protocol.Result{Status: 1, Data: json.RawMessage("[1,2,3]"), Messages: []string{"three of them"}}, nil
	case "fail":
		return &protocol.Result{Errors: []string{"It did not work: “because”."}, Warnings: []string{"one warning"}}, nil
	case "big":
		return ok(`"` + strings.Repeat("x", 4<<20) + `"`)
	case "broken":
		return ok(`{"a":`)
	case "nobody":
		return nil, nil
	case "panic":
		panic("the fixture panics")
	case "coded":
		return nil, &protocol.Error{Code: protocol.CodeDenied, Text: "Only on Sundays.", Err: errors.New("it is Monday")}
	case "uncoded":
		return nil, errors.New("a bug in a module")
	case "slow":
		waiting, cancel := context.WithDeadline(ctx, call.Deadline)
		defer cancel()
		<-waiting.Done()
		return nil, &protocol.Error{Code: protocol.CodeUnknown, Text: "the module did not respond in time", Err: waiting.Err()}
	case "hold":
		e.mu.Lock()
		gate := e.gate
		e.mu.Unlock()
		e.holding <- call.Account
		<-gate // also after the deadline
		return ok(`"held"`)
	case "release":
		e.mu.Lock()
		defer e.mu.Unlock()
		close(e.gate)
		e.gate = make(chan struct{})
		return ok("1")
	case "whoami":
		return ok(`"` + call.Account + `"`)
	case "stray":
		fmt.Println("a stray print of the module")
		return ok("1")
	case "remember", "recall":
		return remember(ctx, call)
	case "nest":
		return nest(ctx, call)
	}
	return nil, protocol.Errorf(protocol.CodeNotFound, "no such function in the fixture")
}

// remember stores its arguments for the account; recall returns them.
func remember(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.Function == "remember" {
		_, err := call.Host.Storage().Swap(ctx, "note", 0, call.Args)
		return &protocol.Result{Status: 1}, err
	}
	record, err := call.Host.Storage().Get(ctx, "note")
	if errors.Is(err, protocol.ErrNotFound) {
		return &protocol.Result{Status: 1, Data: json.RawMessage(`"nothing"`)}, nil
	}
	return &protocol.Result{Status: 1, Data: record.Value}, err
}

// nest calls the function that its arguments name.
func nest(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	var to struct {
		Module, Function string
		Args             json.RawMessage
		Raw              string // replaces Args, also with invalid JSON
	}
	if err := json.Unmarshal(call.Args, &to); err != nil {
		return nil, err
	}
	if to.Raw != "" {
		to.Args = json.RawMessage(to.Raw)
	}
	if to.Function == "nest" && to.Args == nil {
		to.Args = call.Args // without end
	}
	return call.Host.Invoke(ctx, to.Module, to.Function, to.Args)
}

// fixture is a host that serves a real socket.
type fixture struct {
	host   *call.Host
	door   *session.Door
	server *unix.Server
	echo   *echo // the module inside the host; the tests with a module process do not use it
	log    *logged
	socket string
	stop   context.CancelFunc // stops the server
	ended  chan struct{}      // closed when the server has ended
}

// setup is what a test may change before a fixture starts.
type setup struct {
	call.Config
	Modules string // the folder of programs
	Start   func(ctx context.Context, path string) (supervise.Child, error)
	Texts   session.Texts
	Wire    session.Trace
	Server  unix.Server
	Limits  session.Limits
	Account string // of all sessions; "": from the kernel
}

// newHost returns a host with the programs of s.Modules and the rest of s.
func (s *setup) newHost() (*call.Host, error) {
	s.Table = call.NewTable(s.Log)
	s.Source = supervise.New(supervise.Config{Folder: s.Modules, Start: s.Start, Table: s.Table, Now: s.Now, Log: s.Log})
	return call.New(s.Config)
}

// serve starts a host with the module Echo inside it.
func serve(t testing.TB, change ...func(*setup)) *fixture {
	t.Helper()
	f := &fixture{log: newLogged(), echo: newEcho(), ended: make(chan struct{})}
	dir := shortDir(t)
	modules := filepath.Join(dir, "modules")
	if err := os.Mkdir(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	data := store.Lazy(func(ctx context.Context) (protocol.Storage, error) {
		return sqlite.Open(ctx, filepath.Join(dir, "store.db"))
	})
	log := hclog.New(&hclog.LoggerOptions{Name: "test", Level: hclog.Trace, Output: f.log})
	s := setup{
		Modules: modules,
		Config:  call.Config{Builtin: []protocol.Module{f.echo}, Store: data, Scope: store.Scope, Whole: store.Whole, Log: log},
	}
	s.Server.Log = log
	for _, c := range change {
		c(&s)
	}
	var err error
	if f.host, err = s.newHost(); err != nil {
		t.Fatal(err)
	}
	f.door = &session.Door{Host: f.host, Limits: s.Limits, Texts: s.Texts, Trace: s.Wire, Now: s.Now, Log: s.Log}
	f.socket = filepath.Join(dir, "sock")
	listener, err := unix.Listen(unix.Socket{Path: f.socket})
	if err != nil {
		t.Fatal(err)
	}
	f.server = &s.Server
	if f.server.Serve == nil {
		f.server.Serve = func(ctx context.Context, conn *net.UnixConn, caller call.Caller) {
			f.door.Serve(ctx, conn, call.Caller{Account: cmp.Or(s.Account, caller.Account), Origin: caller.Origin})
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	go func() { defer close(f.ended); f.server.Run(ctx, listener) }()
	t.Cleanup(func() { f.end(t); data.Close() })
	return f
}

// inProcess runs the module Echo in its own process.
func inProcess(t testing.TB, noLane bool) func(*setup) {
	return func(s *setup) {
		s.Builtin = nil
		program(t, s.Modules, "Echo", "")
		temp := shortDir(t)
		s.Start = func(ctx context.Context, path string) (supervise.Child, error) {
			return modulerpc.Start(ctx, modulerpc.Config{Path: path, Log: s.Log, NoLane: noLane, TempDir: temp})
		}
	}
}

// program makes a module program: a shell script that runs the commands first and
// then the test binary.
func program(t testing.TB, dir, name, first string) (path string) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, name)
	syscall.ForkLock.RLock() // else a process that another test starts may hold the file open for writing, and exec fails
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\n%s\nexec '%s'\n", first, binary), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// end stops the fixture and waits for its end; a second call does nothing.
func (f *fixture) end(t testing.TB) {
	f.stop()
	select {
	case <-f.ended:
	case <-time.After(patience):
		t.Error("the server does not end")
	}
	if err := f.host.Close(); err != nil {
		t.Error(err)
	}
}

// newCall returns a call without a session.
func (f *fixture) newCall(module, function string) *protocol.Call {
	return &protocol.Call{
		ID: 1, Account: "alice", Module: module, Function: function, API: protocol.UAPI, Deadline: time.Now().Add(patience),
	}
}

// me returns the account of the user who runs the tests, from the system's user
// database.
func me(t testing.TB) string {
	t.Helper()
	u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		return "#" + strconv.Itoa(os.Geteuid())
	}
	return u.Username
}

// shortDir returns a folder that only this user may enter, with a path short enough
// for a socket below it.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "liveapi-t-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// idIn finds the call id in a reply (W10), and returns its line in the log.
func (f *fixture) idIn(t testing.TB, reply string) (line string) {
	t.Helper()
	id := regexp.MustCompile(`\(id ([0-9a-f]{8}-[0-9a-f]+)\)`).FindStringSubmatch(reply)
	if id == nil {
		t.Errorf("the reply has no id (W10): %.400s", reply)
		return ""
	}
	for _, line := range strings.SplitAfter(f.log.String(), "\n") {
		if strings.Contains(line, "call="+id[1]) {
			return line
		}
	}
	t.Errorf("the log does not have the id %s of the reply (W10):\n%s", id[1], f.log)
	return ""
}

// logged is a log on which a test can wait for a text.
type logged struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newLogged() *logged { return &logged{changed: make(chan struct{})} }

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log holds text.
func (l *logged) await(t testing.TB, text string) {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		found, changed := strings.Contains(l.text.String(), text), l.changed
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("the log does not say %q in time:\n%s", text, l)
		}
	}
}

// eventually polls for a condition that has no event to wait for, such as a number
// of goroutines.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}
