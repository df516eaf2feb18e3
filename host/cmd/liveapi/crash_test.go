package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// When a module is killed only its running calls fail. Each of them gets one
// complete response (W10, W11, U §4). The test kills it four times: the fifth death
// within a minute would open the breaker.
func TestModuleKilledUnderCalls(t *testing.T) {
	for _, data := range []string{"lane", "stream"} {
		t.Run(data, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			if data == "stream" {
				p.env = append(p.env, "LIVEAPI_LANE=off")
			}
			d := p.daemon(t, "d")
			for range 2 {
				killedWhileAllWait(t, d)
				killedWhileAllAreBusy(t, d)
			}
			p.stopped(t, d)
		})
	}
}

const killedCallers = 8

// killedWhileAllWait kills the module when it has a call of every caller.
func killedWhileAllWait(t *testing.T, d *daemon) {
	t.Helper()
	var callers []*rawCaller
	for range killedCallers {
		c := mustDial(t, d.socket)
		if err := c.send(action("Probe", "block", nil)); err != nil {
			t.Fatal(err)
		}
		callers = append(callers, c)
	}
	var module struct{ PID int }
	watcher := mustDial(t, d.socket)
	watcher.succeed(t, "Probe", "blocking", map[string]any{"n": killedCallers}, &module)
	killModule(t, module.PID)
	for i, c := range callers {
		r, err := c.answer("Probe", "block")
		if err != nil {
			t.Fatal(err)
		}
		if !r.failedWith("Probe::block gave no result", "may have taken effect") {
			t.Errorf("a call that was running when the module died: status %d, %v", r.Result.Status, r.Result.Errors)
		}
		expectEcho(t, c, i)
		if err := c.end(); err != nil { // exactly one response each: nothing else has come
			t.Error(err)
		}
	}
	expectEcho(t, watcher, killedCallers)
	if err := watcher.end(); err != nil {
		t.Error(err)
	}
}

// killedWhileAllAreBusy kills the module at any moment of calls in quick succession.
func killedWhileAllAreBusy(t *testing.T, d *daemon) {
	t.Helper()
	const calls, killAfter = 300, 100
	var module struct{ PID int }
	mustDial(t, d.socket).succeed(t, "Probe", "whoami", nil, &module)
	var busy, done sync.WaitGroup
	busy.Add(killedCallers)
	errs := make([]error, killedCallers)
	for i := range killedCallers {
		c := mustDial(t, d.socket)
		done.Go(func() {
			for n := range calls {
				if n == killAfter {
					busy.Done()
				}
				if err := echoOrLoss(c, i*calls+n); err != nil {
					errs[i] = err
					break
				}
			}
		})
	}
	busy.Wait() // when a caller fails earlier, the test runs into its timeout and then shows the error
	killModule(t, module.PID)
	done.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	expectEcho(t, mustDial(t, d.socket), 1)
}

// echoOrLoss makes one call. The response must be its own, or say that the module has
// died.
func echoOrLoss(c *rawCaller, n int) error {
	r, err := c.call("Probe", "echo", map[string]any{"n": n})
	if err != nil {
		return err
	}
	var data struct{ N int }
	switch {
	case r.Result.Status == 0 && r.failedWith("Probe::echo gave no result"):
		return nil
	case r.Result.Status == 0:
		return fmt.Errorf("call %d failed: %v", n, r.Result.Errors)
	}
	if err := json.Unmarshal(r.Result.Data, &data); err != nil || data.N != n {
		return fmt.Errorf("W3: call %d was answered with %s", n, r.Result.Data)
	}
	return nil
}

func expectEcho(t *testing.T, c *rawCaller, n int) {
	t.Helper()
	var data struct{ N int }
	c.succeed(t, "Probe", "echo", map[string]any{"n": n}, &data)
	if data.N != n {
		t.Errorf("W3: %d was answered with %d", n, data.N)
	}
}

func killModule(t *testing.T, pid int) {
	t.Helper()
	module, ok := hold(pid)
	if !ok || !strings.HasSuffix(module.command, "/probe") {
		t.Fatalf("process %d is not the module: %v", pid, module)
	}
	if err := module.kill(); err != nil {
		t.Fatal(err)
	}
	if err := module.ended(); err != nil {
		t.Error(err)
	}
}

// When a daemon is killed, its modules, even one that cannot react, its socket and its
// private folder are removed.
func TestDaemonKilled(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	c := mustDial(t, d.socket)
	var module struct{ PID int }
	c.succeed(t, "Probe", "whoami", nil, &module)
	c.succeed(t, "TwoFactorAuth", "get_user_configuration", nil, nil)
	below, err := descendants(d.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(below, func(p process) bool { return p.pid == module.PID }) {
		t.Fatalf("the module %d is not below the daemon: %v", module.PID, below)
	}
	if err := syscall.Kill(module.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-d.exited
	if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
		t.Errorf("the caller's connection: %q, %v; want its end", rest, err)
	}
	if err := allEnded(below); err != nil {
		t.Error(err)
	}
	if err := awaitGone(d.socket); err != nil {
		t.Error(err)
	}
	if names := left(p.temp); len(names) > 0 {
		t.Errorf("left behind in TMPDIR: %v", names)
	}
}

// A daemon that starts right after another was killed keeps its socket, while the
// remains of the first are still being removed.
func TestDaemonKilledAndReplaced(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	expectEcho(t, mustDial(t, d.socket), 0) // now it has started completely, and is guarded
	for i := range 5 {
		below, err := descendants(d.cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-d.exited
		next := p.daemon(t, "d")
		if err := allEnded(below); err != nil {
			t.Error(err)
		}
		expectEcho(t, mustDial(t, next.socket), i)
		d = next
	}
	p.stopped(t, d)
}

// waitingPages print a line once they run, and then wait for standard input.
var waitingPages = map[string]string{
	"page.live.php": `<?php
require '/usr/local/cpanel/php/cpanel.php';
$cpanel = new CPANEL();
$cpanel->uapi('Probe', 'whoami');
echo "ready\n";
fgets(STDIN);
`,
	"page.live.pl": `use Cpanel::LiveAPI;
my $cpanel = Cpanel::LiveAPI->new();
$cpanel->uapi( 'Probe', 'whoami' );
syswrite STDOUT, "ready\n";
<STDIN>;
`,
}

// When `liveapi run` ends while its page runs, by SIGKILL or by another signal, the
// page, the module, the private socket and its folder end with it.
func TestRunEndsWhilePageRuns(t *testing.T) {
	for name, text := range waitingPages {
		for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
			t.Run(fmt.Sprintf("%s %s", name, signal), func(t *testing.T) {
				t.Parallel()
				runEnds(t, name, text, signal)
			})
		}
	}
}

func runEnds(t *testing.T, name, text string, signal syscall.Signal) {
	p := newPlace(t)
	page := p.path(name)
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(at("bin/liveapi"), "run", page)
	cmd.Env, cmd.Stderr = p.env, os.Stderr
	stdin, err := cmd.StdinPipe() // stays open: the page waits for it
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the page said %q: %v", line, err)
	}
	below, err := descendants(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{page, "/modules/probe"} {
		if !slices.ContainsFunc(below, func(p process) bool { return strings.Contains(p.command, part) }) {
			t.Fatalf("no process of %s: %v", part, below)
		}
	}
	sockets, err := filepath.Glob(filepath.Join(p.temp, "*", "page.sock"))
	if err != nil || len(sockets) != 1 {
		t.Fatalf("the page's socket: %v, %v", sockets, err)
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if err := allEnded(below); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("after the signal the page said %q: %v", rest, err)
	}
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); signal == syscall.SIGTERM && status != 128+int(signal) {
		t.Errorf("exit status %d, want %d: the page's", status, 128+int(signal))
	}
	if names := left(p.temp); len(names) > 0 {
		t.Errorf("left behind in TMPDIR: %v", names)
	}
}
