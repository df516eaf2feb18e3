package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// S3, S11: a host is killed with SIGKILL at any of its first 200 writes. The store
// still opens, and each account's record is that before or after the interrupted
// write. No acceptance and no failure that a response has confirmed is lost, and no
// code is accepted twice. All rounds use one store; some start with the store as the
// killed host left it.
func TestKillAtEveryWriteOfAVerification(t *testing.T) {
	points := []int{1, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}
	random := rand.New(rand.NewPCG(200, 9))
	for range 3 {
		points = append(points, 19+random.IntN(180))
	}
	if longRuns() {
		points = nil
		for n := 1; n <= 200; n++ {
			points = append(points, n)
		}
	}
	p := newPlace(t)
	first := p.openHost(t, "first") // makes the store
	newDevice(t).enrol(t, mustDialAs(t, first.socket, "first"))
	p.stopped(t, first)
	at := make(map[string]int)
	for _, n := range points {
		at[p.killedAt(t, n)]++
		if t.Failed() {
			t.Fatalf("the host was killed at its write %d", n)
		}
	}
	for _, call := range []string{"pwrite64 of liveapi.db-wal", "fsync of liveapi.db-wal"} {
		if at[call] == 0 {
			t.Errorf("no host was killed at %s: the test proves little: %v", call, at)
		}
	}
	t.Log(at)
}

// trial is what the test knows of an account whose codes were sent until the host died.
type trial struct {
	account  string
	d        device
	last     int64 // the greatest step whose acceptance has a response
	fails    int64 // failures with a response since then
	open     int64 // the step of the code that was sent and has no response
	sent     string
	answered string // the last code that was accepted
	wrong    bool   // the code that was sent last is wrong
}

// killedAt kills a host at its nth write while codes are checked, and then checks the
// store. It returns the system call at which the host died.
func (p place) killedAt(t *testing.T, n int) (call string) {
	t.Helper()
	name, checker := fmt.Sprint("k", n), fmt.Sprint("c", n)
	said := p.path(name + ".log")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d, err := launch(
		program(
			t,
			p.env,
			"tracer",
			fmt.Sprint(n),
			p.path("state")+"/",
			"/usr/bin/env",
			programVariable+"=openhost",
			self,
			"--socket",
			p.socket(name),
		),
		p.socket(name),
		said,
	)
	if err != nil {
		t.Fatal(err)
	}
	d.cleanUp(t)
	var all []*trial
	if awaitSocket(d.socket, d.exited) == nil {
		for i := 0; i < 400; i++ {
			r := &trial{account: fmt.Sprintf("%s-%d", name, i), d: newDevice(t)}
			all = append(all, r)
			if !r.run(t, d.socket) {
				break
			}
		}
	}
	<-d.exited
	text, err := os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	_, call, killed := strings.Cut(string(text), "killed at ")
	if !killed {
		t.Fatalf("the host was not killed at its write %d: %s", n, text)
	}
	call, _, _ = strings.Cut(call, "\n")

	var names []string
	for _, r := range all {
		names = append(names, r.account)
	}
	records := stored(t, p.path("state"), names...)
	for _, r := range all {
		r.judge(t, records[r.account])
	}
	again := p.openHost(t, checker)
	for i, r := range all {
		if i >= len(all)-3 {
			r.again(t, again.socket)
		}
	}
	signal := syscall.SIGTERM
	if n%2 == 0 { // leaves the log of the database as it is
		signal = syscall.SIGKILL
	}
	if err := again.stop(signal); err != nil {
		t.Error(err)
	}
	return call
}

// run enrols the account and sends right and wrong codes. It reports whether the host
// ran all the time.
func (r *trial) run(t *testing.T, socket string) bool {
	c, err := dialAs(socket, r.account)
	if err != nil {
		return false
	}
	defer c.conn.Close()
	step := time.Now().Unix() / 30
	for i := int64(-1); i <= 2; i++ {
		r.open, r.sent, r.wrong = step+i, r.d.code(t, step+i-time.Now().Unix()/30), i == 2
		if r.wrong {
			r.sent = r.d.wrong(t)
		}
		function, args := "validate_token", map[string]string{"tfa_token": r.sent}
		if i == -1 {
			function, args = "set_user_configuration", map[string]string{"tfa_token": r.sent, "secret": r.d.secret}
		}
		reply, err := c.call("TwoFactorAuth", function, args)
		switch {
		case err != nil:
			return false
		case reply.Result.Status == 1 && !strings.Contains(string(reply.Result.Data), `"valid":0`):
			r.last, r.fails, r.answered = r.open, 0, r.sent
		case reply.Result.Status == 1, reply.failedWith("The security code is invalid."): // a step has passed meanwhile
			r.fails++
		default:
			t.Errorf("%s: %v", r.account, reply.Result.Errors)
		}
	}
	r.sent = ""
	return true
}

// judge compares a record with the responses: the record must contain what they
// confirm, and may contain the call that has no response.
func (r *trial) judge(t *testing.T, is storedRecord) {
	t.Helper()
	switch {
	case is.LastStep == r.last && is.Fails == r.fails:
	case r.sent != "" && !r.wrong && is.LastStep == r.open && is.Fails == 0:
	case r.sent != "" && is.LastStep == r.last && is.Fails == r.fails+1:
	default:
		t.Errorf("%s: the record has last step %d and %d failures; the responses confirm %d and %d, step %d has no response", r.account, is.LastStep, is.Fails, r.last, r.fails, r.open)
	}
}

// again sends the accepted code and the code without a response once more.
func (r *trial) again(t *testing.T, socket string) {
	t.Helper()
	c := mustDialAs(t, socket, r.account)
	if r.answered != "" {
		if v, reply := c.mustValidate(t, r.answered); v.Valid != 0 {
			t.Errorf("%s: a code was accepted twice: %s", r.account, reply.Result.Data)
		}
	}
	if r.sent == "" || r.wrong {
		return
	}
	accepted := 0
	for range 2 {
		v, _ := c.mustValidate(t, r.sent)
		accepted += v.Valid
	}
	if accepted > 1 {
		t.Errorf("%s: the code without a response was accepted twice", r.account)
	}
}
