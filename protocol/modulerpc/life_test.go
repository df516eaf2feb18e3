package modulerpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

func TestSurroundings(t *testing.T) {
	t.Setenv("SECRET_OF_THE_HOST", "1")
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		cfg.Env = []string{"GIVEN=yes"}
		p := startModule(t, cfg)
		var got struct {
			Stdin, Dir string
			Env        []string
			Group      bool
		}
		if err := json.Unmarshal(invoke(t, p, "surroundings", "", nil).Data, &got); err != nil {
			t.Fatal(err)
		}
		env := strings.Join(got.Env, "\n")
		if got.Stdin != "/dev/null" || got.Dir != "/" || !got.Group || !strings.Contains(env, "GIVEN=yes") ||
			strings.Contains(env, "SECRET_OF_THE_HOST") || strings.Contains(env, modulerpc.EnvLaneFD) {
			t.Errorf("got %+v", got)
		}
	})
}

// Each call in flight gets exactly one answer when the process dies, and the
// next one is known not to have been sent.
func TestDeathDuringCalls(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		log, logger := newLog()
		cfg.Log = logger
		p := startModule(t, cfg)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				_, err := p.Invoke(context.Background(), newCall("wait", "", nil))
				// One that had not been sent yet has had no effect.
				if !errors.Is(err, protocol.ErrUnknown) && !errors.Is(err, protocol.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			})
		}
		invoke(t, p, "echo", "", nil)
		syscall.Kill(p.Pid(), syscall.SIGKILL)
		wg.Wait()
		<-p.Done()
		for {
			_, err := p.Invoke(context.Background(), newCall("echo", "", nil))
			if errors.Is(err, protocol.ErrUnavailable) {
				break
			}
			if !errors.Is(err, protocol.ErrUnknown) {
				t.Fatalf("got %v", err)
			}
		}
		if got := log.waitFor("a module process has ended"); !strings.Contains(got, `status="signal: killed"`) {
			t.Errorf("the log does not say how it ended: %s", got)
		}
	})
}

// A process that does not react to anything is found out and stopped.
func TestStoppedProcess(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		p := startModule(t, cfg)
		syscall.Kill(p.Pid(), syscall.SIGSTOP)
		for err := error(nil); err == nil; { // the signal takes effect when it likes
			call := newCall("echo", "", nil)
			call.Deadline = time.Now().Add(50 * time.Millisecond)
			if _, err = p.Invoke(context.Background(), call); err != nil && !errors.Is(err, protocol.ErrUnknown) {
				t.Errorf("got %v", err)
			}
		}
		<-p.Done()
	})
}

func TestCloseOfStoppedProcessIsBounded(t *testing.T) {
	cfg := modulerpc.Config{Path: self(t), Args: []string{"serve"}, StopTimeout: 50 * time.Millisecond}
	p := startModule(t, cfg)
	syscall.Kill(p.Pid(), syscall.SIGSTOP)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-p.Done()
}

func TestStrayOutputIsLoggedAndHarmless(t *testing.T) {
	links(t, func(t *testing.T, cfg modulerpc.Config) {
		log, logger := newLog()
		cfg.Log = logger
		p := startModule(t, cfg)
		invoke(t, p, "print", "", nil)
		invoke(t, p, "echo", "", nil)
		log.waitFor("a stray print")
		if got := log.waitFor("a stray write"); !strings.Contains(got, cfg.Path) {
			t.Errorf("the log does not name the file: %s", got)
		}
	})
}

func TestStartErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		args []string
		want string
	}{
		"missing":         {path: filepath.Join(dir, "none"), want: "no such file"},
		"not executable":  {path: plain, want: "chmod +x"},
		"a folder":        {path: dir, want: "not a regular file"},
		"no program":      {path: broken, want: "exec format error"},
		"prints first":    {path: self(t), args: []string{"garbage"}, want: "somebody prints before the handshake"},
		"of version 1":    {path: self(t), args: []string{"old"}, want: "it speaks version 1 of the modules' protocol, and this host speaks 2; rebuild it with the SDK"},
		"prints for ever": {path: self(t), args: []string{"endless"}, want: "handshake"},
		"says why":        {path: self(t), args: []string{"talks"}, want: "exit status 1), saying: cannot start: the window is 7; 0 and 1 are allowed"},
		"ends at once":    {path: self(t), args: []string{"mute"}, want: "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := modulerpc.Start(
				context.Background(),
				modulerpc.Config{Path: c.path, Args: c.args, StopTimeout: 50 * time.Millisecond},
			)
			if !errors.Is(err, protocol.ErrUnavailable) || !strings.Contains(err.Error(), c.path) ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestNothingIsLeftInTempDir(t *testing.T) {
	dir := t.TempDir()
	p := startModule(t, modulerpc.Config{Path: self(t), TempDir: dir})
	sockets, err := filepath.Glob(dir + "/*/*")
	if err != nil || len(sockets) != 0 {
		t.Errorf("while it runs: %v, %v", sockets, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("after the end: %v, %v", left, err)
	}
}

// beHost is a host process for the test below: it starts a module, says which
// process it is, and waits to be killed.
func beHost(dir string) {
	path, _ := os.Executable()
	p, err := modulerpc.Start(context.Background(), modulerpc.Config{Path: path, Args: []string{"serve"}, TempDir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.Pid())
	select {}
}

func TestKilledHostLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	host := exec.Command(self(t), "host", dir)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the host says %q", line)
	}
	child, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	host.Process.Kill()
	host.Wait()
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(child), Events: unix.POLLIN}}, 5000); n != 1 || err != nil {
		syscall.Kill(pid, syscall.SIGKILL)
		t.Errorf("the module process lives on: %d, %v", n, err)
	}
	if sockets, _ := filepath.Glob(dir + "/*/*"); len(sockets) != 0 {
		t.Errorf("left behind: %v", sockets)
	}
}
