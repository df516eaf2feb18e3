package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"liveapi.host/host/caller/exit"
	"liveapi.host/host/sys/identity"
)

// nobody is an ordinary user, for tests that root runs.
const nobody = 65534

// ordinary returns a user who is not root: nobody, or the user who runs the test.
func ordinary() int {
	if os.Getuid() == 0 {
		return nobody
	}
	return os.Getuid()
}

// as makes a command run as the user uid.
func as(uid int, cmd *exec.Cmd) *exec.Cmd {
	if uid != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	return cmd
}

// give makes a user the owner of everything in a folder.
func give(t *testing.T, dir string, uid int) {
	t.Helper()
	if uid == os.Getuid() {
		return
	}
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Without a flag, a variable or a configuration file, a user's own folders are used,
// and a user's commands find the user's daemon.
func TestDefaultsOfAnOrdinaryUser(t *testing.T) {
	p, uid := newPlace(t), ordinary()
	p.env = slices.DeleteFunc(p.env, func(entry string) bool { return strings.HasPrefix(entry, "LIVEAPI_") })
	config := p.path("xc/liveapi/liveapi.yaml")
	if err := os.MkdirAll(filepath.Dir(config), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("module_env:\n  twofactorauth:\n    TFA_ISSUER: mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := p.path("xr/liveapi/liveapi.sock")
	serve := as(uid, exec.Command(at("bin/liveapi"), "serve"))
	serve.Env, serve.Dir = p.env, "/"
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	give(t, p.dir, uid)
	give(t, p.temp, uid)
	d, err := launch(serve, socket, p.path("d.log"))
	if err != nil {
		t.Fatal(err)
	}
	d.cleanUp(t)
	if err := d.await(); err != nil {
		t.Fatal(err)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(socket, &st); err != nil || st.Mode&0o777 != 0o600 || int(st.Uid) != uid {
		t.Errorf("the socket has mode %04o and owner %d, %v", st.Mode&0o777, st.Uid, err)
	}
	uapi := as(uid, exec.Command(at("bin/uapi"), "--log-level=debug", "--output=json", "TwoFactorAuth", "get_user_configuration"))
	uapi.Env, uapi.Dir = p.env, "/"
	var log bytes.Buffer
	uapi.Stderr = &log
	output, err := uapi.Output()
	if err != nil || !bytes.Contains(output, []byte(`{"is_enabled":0,"issuer":"mine"}`)) {
		t.Errorf("uapi: %s, %v, %s", output, err, &log)
	}
	if !strings.Contains(log.String(), `msg="a daemon answers" socket=`+socket) {
		t.Errorf("uapi did not use the daemon: %s", &log)
	}
	if _, err := os.Stat(p.path("xs/liveapi/liveapi.db")); err != nil {
		t.Error(err)
	}
	p.stopped(t, d)
}

// W17: the account of a session comes from the kernel, with and without a daemon,
// whatever the environment says; only root can act for others.
func TestAccountComesFromTheKernel(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d", "--socket-mode", "666")
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []int{os.Getuid(), ordinary()} {
		want := fmt.Sprintf(`"account":"%s"`, identity.Account(uid))
		for _, through := range []string{"--socket=" + d.socket, "--state=" + p.path("unused")} {
			uapi := as(uid, exec.Command(at("bin/uapi"), "--output=json", through, "Probe", "whoami", "account=mallory", "user=mallory"))
			uapi.Env, uapi.Dir = append(
				p.env,
				"USER=mallory",
				"REMOTE_USER=mallory",
				"LOGNAME=mallory",
				"LIVEAPI_CONFIG=/dev/null",
				"LIVEAPI_ACCOUNTS=/nowhere",
				"TMPDIR=/tmp",
			), "/"
			if output, err := uapi.Output(); err != nil || !bytes.Contains(output, []byte(want)) {
				t.Errorf("uid %d, %s: %s, %v; want %s", uid, through, output, err, want)
			}
		}
	}
	uapi := as(ordinary(), exec.Command(at("bin/uapi"), "--user=root", "Probe", "whoami"))
	uapi.Env, uapi.Dir = append(p.env, "LIVEAPI_CONFIG=/dev/null"), "/"
	output, err := uapi.CombinedOutput()
	if uapi.ProcessState.ExitCode() != exit.Usage || !bytes.Contains(output, []byte("--user is for root")) {
		t.Errorf("--user=root: %s, %v", output, err)
	}
	p.stopped(t, d)
}

// A socket from a service manager is served, and is not removed at the end.
func TestSocketActivation(t *testing.T) {
	p := newPlace(t)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.path("manager.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	passOn := func(variables string) *daemon {
		cmd := exec.Command("sh", "-c", variables+` exec "$0" serve --socket "$1"`, at("bin/liveapi"), p.socket("own"))
		cmd.Env, cmd.ExtraFiles = p.env, []*os.File{file}
		d, err := launch(cmd, p.socket("own"), p.path("d.log"))
		if err != nil {
			t.Fatal(err)
		}
		d.cleanUp(t)
		return d
	}

	d := passOn("LISTEN_PID=$$ LISTEN_FDS=1")
	c := mustDial(t, p.path("manager.sock")) // connects at once; the response comes when the host runs
	expectEcho(t, c, 1)
	if _, err := os.Lstat(d.socket); err == nil {
		t.Error("a socket of its own was made as well")
	}
	if err := c.end(); err != nil {
		t.Error(err)
	}
	p.stopped(t, d)
	if _, err := os.Lstat(p.path("manager.sock")); err != nil {
		t.Errorf("the service manager's socket is gone after SIGTERM: %v", err)
	}

	d = passOn("LISTEN_PID=$$ LISTEN_FDS=1")
	expectEcho(t, mustDial(t, p.path("manager.sock")), 2)
	if err := d.stop(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(p.path("manager.sock")); err != nil {
		t.Errorf("the service manager's socket is gone after SIGKILL: %v", err)
	}

	d = passOn("LISTEN_PID=1 LISTEN_FDS=1") // meant for another process
	if err := d.await(); err != nil {
		t.Fatal(err)
	}
	expectEcho(t, mustDial(t, d.socket), 3) // now it has started completely, and is guarded
	if err := d.stop(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := awaitGone(d.socket); err != nil {
		t.Error(err)
	}

	d = passOn("LISTEN_PID=$$ LISTEN_FDS=2")
	<-d.exited
	if log, _ := os.ReadFile(d.log); d.cmd.ProcessState.ExitCode() != exit.Failed || !bytes.Contains(log, []byte("exactly one socket can be served")) {
		t.Errorf("LISTEN_FDS=2: %v, %s", d.err, log)
	}
}

// W17: commands do not call a host of another user on the socket of the user's own
// host, because it could send any response. A socket that the user names is used.
func TestW17SocketOfAStranger(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	const stranger = nobody - 1
	p := newPlace(t)
	socket := p.path("xr/liveapi/liveapi.sock")
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	give(t, p.dir, stranger)
	give(t, p.temp, stranger)
	for _, dir := range []string{p.dir, p.path("xr"), filepath.Dir(socket)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.env = append(p.env, "LIVEAPI_CONFIG=/dev/null", "LIVEAPI_ACCOUNTS=/nowhere")
	serve := as(stranger, exec.Command(at("bin/liveapi"), "serve", "--socket", socket, "--socket-mode", "666"))
	serve.Env, serve.Dir = p.env, "/"
	d, err := launch(serve, socket, p.path("d.log"))
	if err != nil {
		t.Fatal(err)
	}
	d.cleanUp(t)
	if err := d.await(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, variable, want string }{
		{"by default", "LIVEAPI_SOCKET=", `msg="a daemon of another user is not used" socket=` + socket},
		{"named", "LIVEAPI_SOCKET=" + socket, `msg="a daemon answers" socket=` + socket},
	} {
		uapi := as(nobody, exec.Command(at("bin/uapi"), "--log-level=debug", "--output=json", "Probe", "whoami"))
		uapi.Env, uapi.Dir = append(p.env, c.variable, "TMPDIR=/tmp", "LIVEAPI_STATE=/tmp/nobody-needs-none"), "/"
		var log bytes.Buffer
		uapi.Stderr = &log
		output, err := uapi.Output()
		if err != nil || !bytes.Contains(output, []byte(`"account":"nobody"`)) || !strings.Contains(log.String(), c.want) {
			t.Errorf("%s: %s, %v, %s", c.name, output, err, &log)
		}
	}
}
