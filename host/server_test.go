package host_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/call"
	"liveapi.host/protocol/liveapi"
)

// TestW17AccountComesFromTheKernel: nothing in the payload or in the environment
// changes the account of a session.
func TestW17AccountComesFromTheKernel(t *testing.T) {
	for _, name := range []string{"REMOTE_USER", "USER", "LOGNAME", "HOME", "CPANEL_USER"} {
		t.Setenv(name, "mallory")
	}
	f := serve(t)
	c := f.dial(t)
	want := `"data":"` + me(t) + `"`
	for _, payload := range []string{
		uapiCall("whoami", `{}`),
		uapiCall("whoami", `{"account":"mallory","user":"mallory","REMOTE_USER":"mallory"}`),
		action(`{"module":"Echo","func":"whoami","apiversion":3,"account":"mallory","user":"mallory","uid":0,"cpanel_jsonapi_user":"mallory"}`),
	} {
		if got := c.ask(payload); !strings.Contains(got, want) {
			t.Errorf("not %s: %s", want, got)
		}
	}
	if os.Geteuid() == 0 { // only root can connect as another user
		contains(t, "nobody", f.dialAs(t, 65534).ask(uapiCall("whoami", `{}`)), `"data":"nobody"`)
		contains(t, "a user without a name", f.dialAs(t, 54321).ask(uapiCall("whoami", `{}`)), `"data":"#54321"`)
	}
}

// dialAs connects as another user: one thread changes its effective uid while it
// connects.
func (f *fixture) dialAs(t testing.TB, uid int) *caller {
	t.Helper()
	if err := os.Chmod(strings.TrimSuffix(f.socket, "/sock"), 0o711); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become := func(uid int) {
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			t.Fatal(errno)
		}
	}
	become(uid)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: f.socket})
	}
	become(0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "caller")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	return newCaller(t, conn.(*net.UnixConn))
}

// session opens a session of an account, which this machine need not have.
func (f *fixture) session(t testing.TB, account string) *caller {
	ours, theirs := socketPair(t)
	go f.door.Serve(t.Context(), theirs, call.Caller{Account: account, Origin: "a test"})
	return newCaller(t, ours)
}

// TestW17AccountsAreApart: two accounts that use the same key of the same module
// do not see each other's record.
func TestW17AccountsAreApart(t *testing.T) {
	for name, options := range map[string][]func(*setup){"module inside": nil, "module process": {inProcess(t, false)}} {
		t.Run(name, func(t *testing.T) {
			if options != nil {
				options = []func(*setup){inProcess(t, false)}
			}
			f := serve(t, options...)
			session := func(account string) *caller { return f.session(t, account) }
			alice, bob := session("alice"), session("bob")
			contains(t, "alice writes", alice.ask(uapiCall("remember", `{"of":"alice"}`)), `"status":1`)
			contains(t, "bob reads", bob.ask(uapiCall("recall", `{}`)), `"data":"nothing"`)
			contains(t, "bob writes", bob.ask(uapiCall("remember", `{"of":"bob"}`)), `"status":1`)
			for account, c := range map[string]*caller{"alice": alice, "bob": bob, "": session("alice")} {
				want := map[string]string{"": "alice"}[account] + account
				contains(t, "what "+want+" reads", c.ask(uapiCall("recall", `{}`)), `"data":{"of":"`+want+`"}`)
			}
			// An account whose name would reach another account's data has no storage.
			contains(t, "a name with a slash", session("alice/x").ask(uapiCall("recall", `{}`)), `"status":0`)
		})
	}
}

// TestServerLimits: a session above the limit gets an error reply, and a new session
// is possible when another has ended.
func TestServerLimits(t *testing.T) {
	for name, limit := range map[string]func(*setup){
		"in total":    func(s *setup) { s.Server.MaxSessions = 2 },
		"per account": func(s *setup) { s.Server.MaxAccountSessions = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, limit)
			first, second := f.dial(t), f.dial(t)
			first.alive()
			second.alive()
			third := f.dial(t)
			third.send(frame(uapiCall("list", "{}")) + frame(liveapi.EnableTag)) // the host does not read it
			got := third.reply()
			contains(t, "the reply", got, "The session could not be started", "2 sessions", `"status":0`)
			third.over()
			f.log.await(t, "a connection was turned away")
			second.alive()
			if name == "per account" && os.Geteuid() == 0 {
				f.dialAs(t, 65534).alive() // another account has room
			}
			first.Close()
			eventually(t, "a new session is possible", func() bool {
				c := f.dial(t)
				c.send(frame(liveapi.EnableTag))
				got, err := readReply(c.reader)
				return err == nil && got == replyTo(liveapi.EnabledReply)
			})
		})
	}
}

// TestServerCrowdIsTurnedAway: each of many callers above the limit gets a reply, and
// the host keeps only a bounded number of them at a time.
func TestServerCrowdIsTurnedAway(t *testing.T) {
	f := serve(t, func(s *setup) { s.Server.MaxSessions = 1 })
	first := f.dial(t)
	first.alive()
	var crowd []*caller
	before := runtime.NumGoroutine()
	for range 300 {
		c := f.dial(t)
		io.WriteString(c, frame(liveapi.EnableTag)) // may fail: the host may have closed the connection
		crowd = append(crowd, c)
	}
	for _, c := range crowd {
		contains(t, "the reply", c.reply(), "The session could not be started")
	}
	if more := runtime.NumGoroutine() - before; more > 100 {
		t.Errorf("callers that were turned away hold %d goroutines", more)
	}
	first.alive()
}

// TestServerDrain: when the server stops, calls under way get their reply, idle
// sessions are closed, and new callers are refused.
func TestServerDrain(t *testing.T) {
	f := serve(t, func(s *setup) { s.Server.Drain = time.Hour })
	idle, busy := f.dial(t), f.dial(t)
	idle.alive()
	busy.send(frame(uapiCall("hold", "{}")) + frame(liveapi.EnableTag))
	<-f.echo.holding
	f.stop()
	idle.over()
	select {
	case <-f.ended:
		t.Error("the server does not wait for the call")
	default:
	}
	// The listener and the sessions stop in any order.
	eventually(t, "a new caller is refused", func() bool {
		conn, err := net.Dial("unix", f.socket)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	f.echo.Invoke(t.Context(), f.newCall("Echo", "release"))
	contains(t, "the call under way", busy.reply(), `"data":"held"`)
	busy.over()
	<-f.ended
}

// TestServerDrainIsBounded: the server waits for a call that does not end for Drain
// only.
func TestServerDrainIsBounded(t *testing.T) {
	f := serve(t, func(s *setup) { s.Server.Drain = 20 * time.Millisecond })
	busy := f.dial(t)
	busy.send(frame(uapiCall("hold", "{}")))
	<-f.echo.holding
	f.stop()
	select {
	case <-f.ended:
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
	busy.over()
	contains(t, "the log", f.log.String(), "sessions with calls under way were closed: sessions=1")
	f.echo.Invoke(t.Context(), f.newCall("Echo", "release"))
}

// TestServerSlowReader: a caller that requests large replies and does not read them is
// disconnected, and other callers do not suffer.
func TestServerSlowReader(t *testing.T) {
	f := serve(t, func(s *setup) { s.Limits.Write = 500 * time.Millisecond })
	slow := f.dial(t)
	big := frame(uapiCall("echo", `{"a":"`+strings.Repeat("x", 900<<10)+`"}`))
	go io.WriteString(slow.UnixConn, big+big+big) // until the host closes the connection
	var wg sync.WaitGroup
	for range 8 {
		c := f.dial(t)
		wg.Go(func() {
			for range 100 {
				c.alive()
			}
		})
	}
	wg.Wait()
	f.log.await(t, "a caller disconnected before its reply was sent")
	rest, err := io.ReadAll(slow.reader)
	if strings.Contains(string(rest), marker) || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("an incomplete reply looks complete: %d bytes, %v", len(rest), err)
	}
}

// TestW3NoMixUp: 64 sessions with 200 calls each, of random sizes and in random
// pipelines, get their own replies in order; no goroutine or descriptor leaks.
func TestW3NoMixUp(t *testing.T) {
	const sessions, calls = 64, 200
	warm := serve(t)
	warm.dial(t).alive()
	warm.end(t)
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	f := serve(t)
	var wg sync.WaitGroup
	for n := range sessions {
		wg.Go(func() {
			if err := f.talk(n, calls); err != nil {
				t.Errorf("session %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	f.end(t)
	eventually(t, "goroutines and descriptors are as before", func() bool {
		return runtime.NumGoroutine() <= goroutines && descriptors(t) <= files
	})
}

// talk makes calls with the number of the session and of the call in each reply.
func (f *fixture) talk(n, calls int) error {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	conn, err := net.Dial("unix", f.socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(4 * patience))
	reader := bufio.NewReader(conn)
	for i := 0; i < calls; {
		var requests strings.Builder
		var want []string
		for range 1 + random.IntN(4) {
			args := fmt.Sprintf(`{"call":"%d/%d","pad":"%s"}`, n, i, strings.Repeat("p", random.IntN(1<<random.IntN(15))))
			requests.WriteString(frame(uapiCall("echo", args)))
			want = append(want, args)
			i++
		}
		if _, err := io.WriteString(conn, requests.String()); err != nil {
			return err
		}
		for _, args := range want {
			got, err := readReply(reader)
			if err != nil || got != replyTo(`{"apiversion":3,"func":"echo","module":"Echo","result":{"data":`+args+`,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}}`) {
				return fmt.Errorf("%v: want %.60s, got %.200q", err, args, got)
			}
		}
	}
	return nil
}

func descriptors(t testing.TB) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestW16NestedCalls: the rules for callers also hold for a module that calls another,
// and the depth of nested calls is bounded.
func TestW16NestedCalls(t *testing.T) {
	f := serve(t)
	c := f.session(t, "alice")
	for _, e := range []struct{ name, args, says string }{
		{"a good one", `{"module":"Echo","function":"echo","args":{"a":"b"}}`, `"data":{"a":"b"},"errors":null`},
		{"the account is kept", `{"module":"Echo","function":"whoami"}`, `"data":"alice"`},
		{"a path", `{"module":"../Echo","function":"echo"}`, "(W16)"},
		{"a private function", `{"module":"Echo","function":"_echo"}`, "(W16)"},
		{"an unknown module", `{"module":"Nothing","function":"echo"}`, "Can't locate Cpanel/API/Nothing.pm"},
		{"arguments that are not JSON", `{"module":"Echo","function":"echo","raw":"{` + canary + `"}`, "the arguments for Echo::echo are invalid"},
		{"a chain without end", `{"module":"Echo","function":"nest"}`, "at most 8 are allowed"},
	} {
		contains(t, e.name, c.ask(uapiCall("nest", e.args)), e.says)
	}
	if strings.Contains(f.log.String(), canary) {
		t.Errorf("an argument's value is in the log:\n%s", f.log)
	}
}

// TestLiveAPIModule: the host's own module.
func TestLiveAPIModule(t *testing.T) {
	f := serve(t, func(s *setup) { s.Version = "1.2.3" })
	var reply struct {
		Result struct {
			Data     []struct{ Module, File string }
			Warnings []string
		}
	}
	c := f.dial(t)
	got := c.ask(action(`{"module":"LiveAPI","func":"modules","apiversion":3}`))
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(got, opening), marker+"\n")), &reply); err != nil {
		t.Fatal(err)
	}
	if d := reply.Result.Data; len(d) != 2 || d[0].Module != "Echo" || d[1].Module != "LiveAPI" {
		t.Errorf("got %+v", d)
	}
	contains(t, "version", c.ask(action(`{"module":"LiveAPI","func":"version","apiversion":3}`)), fmt.Sprintf(`{"pid":%d,"version":"1.2.3"}`, os.Getpid()))
}
