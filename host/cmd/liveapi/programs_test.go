package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/pflag"

	"liveapi.host/host/app"
	"liveapi.host/host/call"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/sys/cleanup"
)

// programVariable names the variable that makes the test binary one of its
// other programs.
const programVariable = "LIVEAPI_TEST_PROGRAM"

func runProgram(name string, args []string) int {
	programs := map[string]func([]string) error{"openhost": openHostProgram, "tracer": tracerProgram}
	if err := programs[name](args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// program is a command that runs the test binary as one of its other programs.
func program(t testing.TB, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(env[:len(env):len(env)], programVariable+"="+name, "LIVEAPI_MODULES="+at("bin/modules"))
	return cmd
}

// openHostProgram is a host like `liveapi serve`, with one difference: a caller names
// its account itself, in a first line. So a test can be many accounts that do not
// exist on the machine.
func openHostProgram(args []string) error {
	flags := pflag.NewFlagSet("openhost", pflag.ContinueOnError)
	settings.Flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	a, err := app.New(flags, "warn", version())
	if err != nil {
		return err
	}
	defer a.Close()
	door, err := a.Door()
	if err != nil {
		return err
	}
	listener, err := unix.Listen(unix.Socket{Path: a.Socket.Path})
	if err != nil {
		return err
	}
	guard, err := cleanup.NewGuard(a.Socket.Path)
	if err != nil {
		return err
	}
	defer guard.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &unix.Server{Log: door.Log, Serve: func(ctx context.Context, conn *net.UnixConn, _ call.Caller) {
		name, err := firstLine(conn)
		if err != nil {
			conn.Close()
			return
		}
		door.Serve(ctx, conn, call.Caller{Account: name, Origin: "a test"})
	}}
	server.Run(ctx, listener)
	return nil
}

// firstLine reads a line and nothing beyond it.
func firstLine(conn net.Conn) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		if _, err := conn.Read(b); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return line.String(), nil
		}
		line.Write(b)
	}
}

// openHost starts an open host and waits until it answers.
func (p place) openHost(t testing.TB, name string, env ...string) *daemon {
	t.Helper()
	d, err := launch(program(t, append(p.env[:len(p.env):len(p.env)], env...), "openhost", "--socket", p.socket(name)), p.socket(name), p.path(name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	d.cleanUp(t)
	if err := d.await(); err != nil {
		t.Fatal(err)
	}
	return d
}

// dialAs begins a session of an account with an open host.
func dialAs(socket, account string) (*rawCaller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(conn, account); err != nil {
		conn.Close()
		return nil, err
	}
	return begin(conn)
}

func mustDialAs(t testing.TB, socket, account string) *rawCaller {
	t.Helper()
	c, err := dialAs(socket, account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close() })
	return c
}
