package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fault is a system call of the database that fails.
type fault struct{ call, err, when string }

// opening makes a write fail, so that a new connection is opened, and makes that fail
// as well. Not every machine has the system call open.
const opening = "pwrite64,?open,openat"

func faults() (all []fault) {
	whens := []string{"1", "1+"}
	if longRuns() {
		whens = []string{"1", "2", "3", "4", "5", "6", "1+", "2+", "1+2"}
	}
	for _, call := range []string{"pwrite64", "fsync", "ftruncate", "pread64", opening} {
		for _, err := range []string{"EIO", "ENOSPC"} {
			for _, when := range whens {
				all = append(all, fault{call, err, when})
			}
		}
	}
	return all
}

// S14: the disk is full or fails at any system call: a verification denies, with an
// error that says why. Nothing that a response has confirmed is lost, no code is
// accepted twice, and the host recovers without a restart.
func TestStorageCrashFaultsDenyAVerification(t *testing.T) {
	p := newPlace(t)
	d, other := p.openHost(t, "d"), p.openHost(t, "other")
	opened := 0
	injected := make(map[string]int)
	var all []*verified
	for i, f := range faults() {
		v := &verified{account: fmt.Sprintf("f%d", i), d: newDevice(t)}
		all = append(all, v)
		c := mustDialAs(t, d.socket, v.account)
		v.d.enrol(t, c)
		newDevice(t).enrol(t, mustDialAs(t, other.socket, fmt.Sprintf("o%d", i))) // so that there is something to be read
		trace := p.inject(t, d.cmd.Process.Pid, f)
		v.try(t, c, 0)
		v.try(t, c, 0)
		enrolled := newDevice(t)
		r, err := c.call(
			"TwoFactorAuth",
			"set_user_configuration",
			map[string]string{"secret": enrolled.secret, "tfa_token": enrolled.wrong(t), "current_tfa_token": v.d.code(t, 1)},
		)
		if err != nil || r.Result.Status != 0 {
			t.Errorf("%v: set: %v, %v", f, r, err)
		}
		log := trace.end(t)
		injected[f.call] += strings.Count(log, "(INJECTED)")
		if f.call == opening {
			opened += strings.Count(log, " open")
		}
		v.try(t, c, 0)
		before := v.accepted
		if v.try(t, c, 1); v.accepted != before+1 {
			t.Errorf("%v: the host does not recover", f)
		}
		v.try(t, c, 1)
		if v.accepted > 2 {
			t.Errorf("%v: codes of two steps were accepted %d times", f, v.accepted)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Log(injected, opened)
	if opened == 0 {
		t.Error("no connection was opened while that failed")
	}
	for _, call := range []string{"pwrite64", "fsync", "pread64", opening} {
		if injected[call] == 0 {
			t.Errorf("no %s failed: the test proves little", call)
		}
	}
	if err := d.stop(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := other.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	again := p.openHost(t, "d")
	for _, v := range all {
		c := mustDialAs(t, again.socket, v.account)
		before := v.accepted
		for step := range int64(2) {
			v.try(t, c, step)
		}
		if v.accepted != before {
			t.Errorf("%s: what was accepted is lost after kill -9", v.account)
		}
	}
}

// verified is an account and how often a code of it was accepted.
type verified struct {
	account  string
	d        device
	codes    [2]string // by step, so that the same code is sent again
	accepted int
}

// try sends the code of a step. Even after a fault the response has data, and an
// error that a person can read.
func (v *verified) try(t *testing.T, c *rawCaller, step int64) {
	t.Helper()
	if v.codes[0] == "" {
		v.codes = [2]string{v.d.code(t, 0), v.d.code(t, 1)}
	}
	is, r := c.mustValidate(t, v.codes[step])
	v.accepted += is.Valid
	if r.Result.Status == 0 && !r.failedWith("Failed to validate the security code: ") {
		t.Errorf("%s: %v", v.account, r.Result.Errors)
	}
	for _, e := range r.Result.Errors {
		if !strings.Contains(e, "is not known") && !strings.Contains(e, "cannot be read now") && !strings.Contains(e, "no space left") {
			t.Errorf("%s: %q does not say what is wrong", v.account, e)
		}
	}
}

// injection is a running strace that makes calls of a process fail.
type injection struct {
	cmd *exec.Cmd
	log string
}

// inject makes system calls of the database fail in a running process, until end.
func (p place) inject(t *testing.T, pid int, f fault) injection {
	t.Helper()
	const remedy = "strace has to be installed (apt-get install strace) and may have to be allowed (in a container: --cap-add SYS_PTRACE)"
	log := p.path("strace.log")
	state := p.path("state")
	cmd := exec.Command("strace", "-f", "-p", fmt.Sprint(pid), "-o", log,
		"-P", state+"/liveapi.db", "-P", state+"/liveapi.db-wal", "-P", state+"/liveapi.db-shm", "-P", state,
		"-e", "trace="+f.call, "-e", "inject="+f.call+":error="+f.err+":when="+f.when)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: %s", err, remedy)
	}
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() || !strings.Contains(lines.Text(), "attached") {
		t.Fatalf("strace says %q: %s", lines.Text(), remedy)
	}
	go func() {
		for lines.Scan() {
		}
	}()
	return injection{cmd, log}
}

// end stops the faults and returns the output of strace.
func (i injection) end(t *testing.T) string {
	t.Helper()
	i.cmd.Process.Signal(syscall.SIGINT)
	i.cmd.Wait() // its status is the signal
	log, err := os.ReadFile(i.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

// The same with a file system that is really full.
func TestCrashOfAFullDiskDeniesAVerification(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	p := newPlace(t)
	state := p.path("state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", state, "tmpfs", 0, "size=640k"); err != nil {
		t.Fatalf("%v: a container needs --cap-add SYS_ADMIN to mount a file system", err)
	}
	t.Cleanup(func() { syscall.Unmount(state, syscall.MNT_DETACH) })
	d := p.openHost(t, "d")
	v := &verified{account: "full", d: newDevice(t)}
	c := mustDialAs(t, d.socket, v.account)
	v.d.enrol(t, c)
	if err := fill(filepath.Join(state, "filler")); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // until neither the database nor its log has space left
		r, err := mustDialAs(
			t,
			d.socket,
			fmt.Sprint("more", n),
		).call("TwoFactorAuth", "validate_token", map[string]string{"tfa_token": "000000"})
		if err != nil {
			t.Fatal(err)
		}
		if r.failedWith("There is no space left to store the configuration; nothing was changed.") {
			break
		}
		if n > 200 || r.Result.Status != 1 {
			t.Fatalf("guess %d: %v", n, r.Result.Errors)
		}
	}
	v.try(t, c, 0)
	v.try(t, c, 0)
	if err := os.Remove(filepath.Join(state, "filler")); err != nil {
		t.Fatal(err)
	}
	v.try(t, c, 0)
	v.try(t, c, 1)
	v.try(t, c, 0)
	if v.accepted != 2 {
		t.Errorf("two codes were accepted %d times", v.accepted)
	}
	p.stopped(t, d)
}

// fill writes a file until there is no space left.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, size := range []int{4096, 1} {
		for b := make([]byte, size); err == nil; {
			_, err = f.Write(b)
		}
		if !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
			return err
		}
		err = nil
	}
	return nil
}
