package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// daemon is a `liveapi serve` under test.
type daemon struct {
	cmd    *exec.Cmd
	socket string
	log    string // the file of its log
	exited chan struct{}
	err    error // of Wait; after exited
}

// startDaemon starts `liveapi serve` and waits until its socket answers.
func startDaemon(env []string, socket, log string, args ...string) (*daemon, error) {
	d, err := launchDaemon(env, socket, log, args...)
	if err != nil {
		return nil, err
	}
	return d, d.await()
}

// launchDaemon starts `liveapi serve` and does not wait.
func launchDaemon(env []string, socket, log string, args ...string) (*daemon, error) {
	cmd := exec.Command(at("bin/liveapi"), append([]string{"serve"}, args...)...)
	cmd.Env, cmd.Dir = env, filepath.Dir(log)
	return launch(cmd, socket, log)
}

// launch makes the socket's folder and starts a command that is a daemon.
func launch(cmd *exec.Cmd, socket, log string) (*daemon, error) {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, err
	}
	stderr, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	d := &daemon{cmd: cmd, socket: socket, log: log, exited: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = stderr, stderr
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.exited)
	}()
	return d, nil
}

func (d *daemon) await() error {
	if err := awaitSocket(d.socket, d.exited); err != nil {
		return errors.Join(err, d.stop(syscall.SIGKILL), d.logged())
	}
	return nil
}

// stop ends the daemon with a signal and waits for it and for all processes that it
// had started. After SIGKILL its exit error is ignored.
func (d *daemon) stop(signal syscall.Signal) error {
	below, err := descendants(d.cmd.Process.Pid)
	if err != nil {
		return err
	}
	d.cmd.Process.Signal(signal)
	<-d.exited
	err = allEnded(below)
	if signal == syscall.SIGKILL {
		return err
	}
	return errors.Join(d.err, err)
}

// logged returns the end of the daemon's log as an error, to be shown.
func (d *daemon) logged() error {
	text, err := os.ReadFile(d.log)
	if err != nil {
		return err
	}
	return fmt.Errorf("the daemon's log ends with:\n%s", text[max(0, len(text)-4000):])
}

// place is where one Go test runs programs: a short folder and an environment.
type place struct {
	dir, temp string
	env       []string
}

func newPlace(t testing.TB) place {
	t.Helper()
	dir, err := os.MkdirTemp(tree, "t")
	if err != nil {
		t.Fatal(err)
	}
	env, temp, err := surroundings(dir)
	if err != nil {
		t.Fatal(err)
	}
	return place{dir, temp, env}
}

func (p place) path(name string) string { return filepath.Join(p.dir, name) }

// socket is where the daemon named name listens.
func (p place) socket(name string) string { return p.path("r/" + name + ".sock") }

// daemon starts a daemon named name and waits until it answers.
func (p place) daemon(t testing.TB, name string, args ...string) *daemon {
	t.Helper()
	d := p.launch(t, name, args...)
	if err := d.await(); err != nil {
		t.Fatal(err)
	}
	return d
}

// launch starts a daemon named name. It is killed at the end of the test at the
// latest; its log is shown when the test has failed.
func (p place) launch(t testing.TB, name string, args ...string) *daemon {
	t.Helper()
	d, err := launchDaemon(p.env, p.socket(name), p.path(name+".log"), append(args, "--socket", p.socket(name))...)
	if err != nil {
		t.Fatal(err)
	}
	d.cleanUp(t)
	return d
}

func (d *daemon) cleanUp(t testing.TB) {
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		<-d.exited
		if t.Failed() {
			t.Log(d.logged())
		}
	})
}

// stopped ends daemons as a service manager does and checks that nothing is left.
func (p place) stopped(t testing.TB, daemons ...*daemon) {
	t.Helper()
	for _, d := range daemons {
		if err := d.stop(syscall.SIGTERM); err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
		if _, err := os.Lstat(d.socket); err == nil {
			t.Errorf("%s is left behind", d.socket)
		}
	}
	if names := left(p.temp); len(names) > 0 {
		t.Errorf("left behind in TMPDIR: %v", names)
	}
}
