package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const (
	wrongCode = "Failed to set user configuration: The security code is invalid."
	tooMany   = "Failed to set user configuration: Too many wrong security codes. Wait "
)

// enrolment has the secret and the code of a simulated authenticator app.
type enrolment struct{ secret, code string }

func newEnrolment(t testing.TB) enrolment {
	t.Helper()
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "test", AccountName: "test", SecretSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	return enrolmentOf(t, key.Secret())
}

func enrolmentOf(t testing.TB, secret string) enrolment {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return enrolment{secret, code}
}

func (e enrolment) args() map[string]string {
	return map[string]string{"secret": e.secret, "tfa_token": e.code}
}

// RFC 6238 section 5.2, U §7: when 64 sessions send the same valid code at the same
// time exactly one is accepted, with one process and with four that share a state
// folder. Four others are checked, and the rest has to wait (RFC 4226 section 7.3).
func TestS12OneCodeIsAcceptedOnce(t *testing.T) {
	const callers, rounds = 64, 5
	for _, daemons := range []int{1, 4} {
		t.Run(fmt.Sprintf("daemons=%d", daemons), func(t *testing.T) {
			for range rounds {
				oneCodeOneRound(t, daemons, callers/daemons)
			}
		})
	}
}

func oneCodeOneRound(t *testing.T, daemons, callersEach int) {
	t.Helper()
	p := newPlace(t)
	var hosts []*daemon
	for i := range daemons {
		hosts = append(hosts, p.daemon(t, fmt.Sprint("d", i)))
	}
	if accepted, lookedAt := oneCode(t, hosts, callersEach); accepted != 1 || lookedAt != 4 {
		t.Errorf("of %d callers with one code %d were accepted and %d refused, want 1 and 4", daemons*callersEach, accepted, lookedAt)
	}
	p.stopped(t, hosts...)
}

// oneCode lets callers of every host send one valid code at the same moment. It
// returns how many were accepted and how many were checked and refused; the others
// have to wait.
func oneCode(t *testing.T, hosts []*daemon, callersEach int) (accepted, lookedAt int) {
	t.Helper()
	var generated struct{ Secret string }
	mustDial(t, hosts[0].socket).succeed(t, "TwoFactorAuth", "generate_user_configuration", nil, &generated)
	app := enrolmentOf(t, generated.Secret)
	var all []*rawCaller
	for _, h := range hosts {
		for range callersEach {
			all = append(all, mustDial(t, h.socket))
		}
	}
	for i, r := range atOnce(t, all, action("TwoFactorAuth", "set_user_configuration", app.args()), "TwoFactorAuth", "set_user_configuration") {
		switch {
		case r.Result.Status == 1:
			accepted++
		case r.failedWith() && r.Result.Errors[0] == wrongCode:
			lookedAt++
		case !r.failedWith() || !strings.HasPrefix(r.Result.Errors[0], tooMany):
			t.Errorf("caller %d: %v", i, r.Result.Errors)
		}
	}
	for _, c := range all {
		if !enabled(t, c) {
			t.Error("is_enabled is 0 after a code was accepted")
		}
		if err := c.end(); err != nil {
			t.Error(err)
		}
	}
	return accepted, lookedAt
}

// enabled asks whether two-factor authentication is on.
func enabled(t *testing.T, c *rawCaller) bool {
	t.Helper()
	var got struct {
		Enabled int `json:"is_enabled"`
	}
	c.succeed(t, "TwoFactorAuth", "get_user_configuration", nil, &got)
	return got.Enabled == 1
}

// The host accepts more calls at once than it sends to one module: the others wait
// and do not fail.
func TestManyCallersAtOnce(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	var all []*rawCaller
	for range 256 {
		all = append(all, mustDial(t, d.socket))
	}
	for i, r := range atOnce(t, all, action("TwoFactorAuth", "get_user_configuration", nil), "TwoFactorAuth", "get_user_configuration") {
		if r.Result.Status != 1 {
			t.Fatalf("caller %d of %d: %v", i+1, len(all), r.Result.Errors)
		}
	}
	for _, c := range all {
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
	}
	p.stopped(t, d)
}

// atOnce lets every caller send the payload at the same moment and returns the
// responses.
func atOnce(t *testing.T, callers []*rawCaller, payload, module, function string) []*reply {
	t.Helper()
	replies, errs := make([]*reply, len(callers)), make([]error, len(callers))
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i, c := range callers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			if errs[i] = c.send(payload); errs[i] == nil {
				replies[i], errs[i] = c.answer(module, function)
			}
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("caller %d: %v", i, err)
		}
	}
	return replies
}

// Hosts that start at the same moment with an empty state folder make one database
// and one key, and together accept a code once.
func TestW2HostsBeginTogether(t *testing.T) {
	t.Run("daemons", func(t *testing.T) {
		for range 3 {
			daemonsBeginTogether(t)
		}
	})
	t.Run("pipes", func(t *testing.T) {
		for range 3 {
			pipesBeginTogether(t)
		}
	})
}

func daemonsBeginTogether(t *testing.T) {
	t.Helper()
	p, app := newPlace(t), newEnrolment(t)
	hosts := []*daemon{p.launch(t, "a"), p.launch(t, "b")}
	var callers []*rawCaller
	for _, h := range hosts {
		if err := h.await(); err != nil {
			t.Fatal(err)
		}
		callers = append(callers, mustDial(t, h.socket))
	}
	accepted := 0
	for _, r := range atOnce(t, callers, action("TwoFactorAuth", "set_user_configuration", app.args()), "TwoFactorAuth", "set_user_configuration") {
		if accepted += r.Result.Status; r.Result.Status == 0 && r.Result.Errors[0] != wrongCode {
			t.Error(r.Result.Errors)
		}
	}
	if accepted != 1 {
		t.Errorf("%d daemons accepted one code", accepted)
	}
	for _, c := range callers {
		var got struct {
			Enabled int `json:"is_enabled"`
		}
		c.succeed(t, "TwoFactorAuth", "get_user_configuration", nil, &got)
		if got.Enabled != 1 {
			t.Error("a daemon does not see what the other has stored")
		}
	}
	p.stopped(t, hosts...)
}

func pipesBeginTogether(t *testing.T) {
	t.Helper()
	const hosts = 4
	p, app := newPlace(t), newEnrolment(t)
	session := frame(enableFrame) + frame(action("TwoFactorAuth", "set_user_configuration", app.args())) +
		frame(action("TwoFactorAuth", "get_user_configuration", nil)) + frame(shutdownFrame)
	outputs, errs := make([]bytes.Buffer, hosts), make([]bytes.Buffer, hosts)
	commands := make([]*exec.Cmd, hosts)
	for i := range commands {
		commands[i] = exec.Command(at("bin/liveapi"), "pipe", "--log-level", "error")
		commands[i].Env, commands[i].Stdin = p.env, strings.NewReader(session)
		commands[i].Stdout, commands[i].Stderr = &outputs[i], &errs[i]
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	accepted := 0
	for i, cmd := range commands {
		if err := cmd.Wait(); err != nil || errs[i].Len() > 0 {
			t.Errorf("liveapi pipe: %v: %s", err, &errs[i])
		}
		set, enabled, err := readSession(&outputs[i])
		if err != nil {
			t.Fatalf("%v; it said %s", err, &errs[i])
		}
		if accepted += set.Result.Status; set.Result.Status == 0 && set.Result.Errors[0] != wrongCode {
			t.Error(set.Result.Errors)
		}
		if !enabled {
			t.Error("a host does not see what it, or another, has stored")
		}
	}
	if accepted != 1 {
		t.Errorf("%d of %d hosts accepted one code", accepted, hosts)
	}
	if names := left(p.temp); len(names) > 0 {
		t.Errorf("left behind in TMPDIR: %v", names)
	}
}

// readSession reads the responses to enable, set, get and shutdown.
func readSession(output *bytes.Buffer) (set *reply, enabled bool, err error) {
	in := bufio.NewReader(output)
	var bodies [4][]byte
	for i := range bodies {
		if bodies[i], err = receive(in); err != nil {
			return nil, false, err
		}
	}
	if in.Buffered() > 0 {
		return nil, false, fmt.Errorf("W2: more than four replies")
	}
	if set, err = parse(bodies[1], "TwoFactorAuth", "set_user_configuration"); err != nil {
		return nil, false, err
	}
	get, err := parse(bodies[2], "TwoFactorAuth", "get_user_configuration")
	if err != nil {
		return nil, false, err
	}
	return set, bytes.Contains(get.Result.Data, []byte(`"is_enabled":1`)), nil
}
