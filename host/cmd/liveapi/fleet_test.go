package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store/etcdtest"
	"liveapi.host/host/store/keys"
)

// fleet starts hosts with state folders of their own and one key on one store.
func (p place) fleet(t *testing.T, n int, address string) (hosts []*daemon) {
	t.Helper()
	name := filepath.Base(address)
	if err := keys.NewRing(filepath.Join(p.path(name), "liveapi.key"), rand.Reader).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		host := fmt.Sprintf("%s%d", name, i)
		p.copyKey(t, name, host)
		hosts = append(hosts, p.daemon(t, host, "--state", p.path(host), "--store", address))
	}
	return hosts
}

func (p place) copyKey(t *testing.T, from, to string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(p.path(from), "liveapi.key"))
	if err == nil {
		err = os.MkdirAll(p.path(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(p.path(to), "liveapi.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A machine without the fleet's key must not make one of its own.
func TestFleetNeedsItsKeyOnEachMachine(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	p := newPlace(t)
	address := c.Address("keys")
	first := p.daemon(t, "first", "--state", p.path("first"), "--store", address)
	mustDial(t, first.socket).succeed(t, "TwoFactorAuth", "set_user_configuration", newEnrolment(t).args(), nil)

	second := p.daemon(t, "second", "--state", p.path("second"), "--store", address)
	caller := mustDial(t, second.socket)
	r, err := caller.call("TwoFactorAuth", "get_user_configuration", nil)
	if err != nil || !r.failedWith("cannot be read now") {
		t.Errorf("without the key: %+v, %v", r, err)
	}
	log, err := os.ReadFile(second.log)
	if says := "copy the key file of another host to " + p.path("second"); err != nil || !strings.Contains(string(log), says) {
		t.Errorf("the log does not say %q: %v", says, err)
	}
	if _, err := os.Lstat(filepath.Join(p.path("second"), "liveapi.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key of its own: %v", err)
	}
	p.copyKey(t, "first", "second")
	if !enabled(t, caller) {
		t.Error("with the key: is_enabled is 0")
	}
	p.stopped(t, first, second)
}

// RFC 6238 section 5.2, U §7: over three hosts on three members of etcd a code is
// accepted once, and at most once while the leader is stopped.
func TestS12FleetAcceptsACodeOnce(t *testing.T) {
	const callersEach = 16
	c := etcdtest.Start(t, 3, nil)
	admin := c.Client(t, clientv3.Config{})
	p := newPlace(t)
	hosts := p.fleet(t, 3, c.Address("once"))
	if accepted, _ := oneCode(t, hosts, callersEach); accepted != 1 {
		t.Errorf("%d callers were accepted with one code", accepted)
	}
	p.stopped(t, hosts...)

	hosts = p.fleet(t, 3, c.Address("stopped"))
	var generated struct{ Secret string }
	mustDial(t, hosts[0].socket).succeed(t, "TwoFactorAuth", "generate_user_configuration", nil, &generated)
	app := enrolmentOf(t, generated.Secret)
	var all []*rawCaller
	for _, h := range hosts {
		for range callersEach {
			all = append(all, mustDial(t, h.socket))
		}
	}
	leader, _ := c.Leader(t, admin)
	leader.Pause(t)
	accepted, denied := 0, 0
	for i, r := range atOnce(t, all, action("TwoFactorAuth", "set_user_configuration", app.args()), "TwoFactorAuth", "set_user_configuration") {
		switch {
		case r.Result.Status == 1:
			accepted++
		case r.failedWith("Whether the configuration was stored is not known"), r.failedWith("cannot be read now"):
			denied++
		case !r.failedWith(wrongCode) && !r.failedWith(tooMany):
			t.Errorf("caller %d: %v", i, r.Result.Errors)
		}
	}
	leader.Resume(t)
	t.Logf("leader stopped: %d accepted, %d denied", accepted, denied)
	if accepted > 1 {
		t.Errorf("%d callers were accepted with one code", accepted)
	}
	if accepted == 1 && !enabled(t, all[0]) {
		t.Error("is_enabled is 0 after a code was accepted")
	}
	p.stopped(t, hosts...)
}

// A host moves to a fleet and back: all its records are there and open with its key.
func TestStoreCopy(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	p := newPlace(t)
	old := p.daemon(t, "old", "--state", p.path("old"))
	mustDial(t, old.socket).succeed(t, "TwoFactorAuth", "set_user_configuration", newEnrolment(t).args(), nil)
	p.stopped(t, old)
	liveapi := func(status int, says string, args ...string) {
		t.Helper()
		cmd := exec.Command(at("bin/liveapi"), append([]string{"store", "copy"}, args...)...)
		cmd.Env = p.env
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != status || !bytes.Contains(out, []byte(says)) {
			t.Fatalf("liveapi store copy %q: %v, want status %d and %q:\n%s", args, err, status, says, out)
		}
	}
	database, address, back := filepath.Join(p.path("old"), "liveapi.db"), c.Address("copy"), filepath.Join(p.path("back"), "liveapi.db")
	liveapi(2, "--from: name a database file", "--to", address)
	liveapi(2, "--from: stat nosuch.db: no such file", "--from", "nosuch.db", "--to", address)
	liveapi(2, "--to: the address of etcd is invalid: it must not contain a password", "--from", database, "--to", "etcds://a:b@h")
	liveapi(2, "the same store", "--from", database, "--to", database)
	liveapi(0, "records: 1 (written now: 1)", "--from", database, "--to", address)
	liveapi(1, "give --resume", "--from", database, "--to", address)
	liveapi(0, "records: 1 (written now: 0)", "--from", database, "--to", address, "--resume")
	liveapi(0, "every record is the same", "--from", address, "--to", back)

	// The copy is recorded where the records' keys are, and never under another key.
	key, others := filepath.Join(p.path("old"), "liveapi.key"), p.path("others.key")
	if err := keys.NewRing(others, rand.Reader).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, second := p.path("first.db"), p.path("second.db")
	liveapi(0, "The copy is not in the audit record", "--from", database, "--to", first, "--key", others)
	liveapi(0, "every record is the same", "--from", database, "--to", second, "--key", key)
	for file, says := range map[string]string{first: "", second: "liveapi store copy --from="} {
		cmd := exec.Command(at("bin/liveapi"), "audit", "--store", file, "--key", key)
		cmd.Env = p.env
		if out, err := cmd.CombinedOutput(); err != nil || says == "" && len(out) > 0 || !bytes.Contains(out, []byte(says)) {
			t.Errorf("the record in %s: %v\n%s", file, err, out)
		}
	}

	p.copyKey(t, "old", "fleet")
	p.copyKey(t, "old", "back")
	fleet := p.daemon(t, "fleet", "--state", p.path("fleet"), "--store", address)
	alone := p.daemon(t, "back", "--state", p.path("back"))
	for _, d := range []*daemon{fleet, alone} {
		if !enabled(t, mustDial(t, d.socket)) {
			t.Errorf("%s: is_enabled is 0", d.socket)
		}
	}
	p.stopped(t, fleet, alone)
}

// `make fleet`: the script starts its processes, shows that hosts share their store,
// and leaves nothing behind.
func TestFleetExample(t *testing.T) {
	p := newPlace(t)
	repo, err := filepath.Abs("../../..")
	if err == nil {
		err = goBuild(repo, p.path("modules"), "./plugins/cmd/account")
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(at("examples/fleet"))
	cmd.Env = append(p.env, "LIVEAPI_MODULES="+p.path("modules"), "FLEET_PORT="+port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	var said strings.Builder
	var below []process
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			if below, err = descendants(cmd.Process.Pid); err != nil {
				t.Fatal(err)
			}
			syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // as a terminal does
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("%v, want status 130", err)
	}
	if !strings.Contains(said.String(), "- name: colour\n      value: green\n") {
		t.Errorf("it says:\n%s", said.String())
	}
	if len(below) < 6 {
		t.Errorf("%d processes ran, want at least 6", len(below))
	}
	if err := allEnded(below); err != nil {
		t.Error(err)
	}
	if names := left(p.temp); len(names) > 0 {
		t.Errorf("left behind in TMPDIR: %v", names)
	}
}
