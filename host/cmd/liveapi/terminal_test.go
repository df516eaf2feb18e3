package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal: output to the terminal can be read from the
// keeper.
func openTerminal(t *testing.T) (keeper, terminal *os.File) {
	t.Helper()
	keeper, terminal, err := newTerminal()
	if errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENOENT) {
		t.Skip("this system has no pseudo-terminals; mount devpts to run this test: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeper.Close() })
	return keeper, terminal
}

func newTerminal() (keeper, terminal *os.File, err error) {
	keeper, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(keeper.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keeper.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		keeper.Close()
	}
	return keeper, terminal, err
}

// onTerminal runs a program whose standard output is a terminal and returns the
// output.
func (p place) onTerminal(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	keeper, terminal := openTerminal(t)
	cmd := exec.Command(at("bin/"+program), args...)
	cmd.Env, cmd.Dir, cmd.Stdout = append(p.env[:len(p.env):len(p.env)], env...), p.dir, terminal
	err := cmd.Start()
	terminal.Close()
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := io.ReadAll(keeper) // ends with EIO once the program has ended
	cmd.Wait()
	return strings.ReplaceAll(string(shown), "\r\n", "\n")
}

// U §5: a terminal gets colour unless TERM or NO_COLOR says no; a pipe gets plain
// bytes.
func TestUSection5Colour(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	p.env = append(p.env, "LIVEAPI_SOCKET="+d.socket)
	call := []string{"Hello", "greet", "name=Ann"}
	for _, c := range []struct {
		name string
		env  []string
		flag string
		want bool
	}{
		{"a terminal", []string{"TERM=xterm"}, "--color=auto", true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, "--color=auto", false},
		{"NO_COLOR that is empty", []string{"TERM=xterm", "NO_COLOR="}, "--color=auto", true},
		{"a dumb terminal", []string{"TERM=dumb"}, "--color=auto", false},
		{"a terminal that nobody knows", nil, "--color=auto", false},
		{"never", []string{"TERM=xterm"}, "--color=never", false},
		{"always, all the same", []string{"TERM=dumb", "NO_COLOR=1"}, "--color=always", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := p.onTerminal(t, c.env, "uapi", append([]string{c.flag}, call...)...)
			if strings.Contains(shown, "\x1b[") != c.want || !strings.Contains(shown, "Hello, Ann!") {
				t.Errorf("%q", shown)
			}
		})
	}
	for _, format := range []string{"yaml", "json", "jsonpretty", "xml"} {
		plain := exec.Command(at("bin/uapi"), append([]string{"--output", format}, call...)...)
		plain.Env = append(p.env, "TERM=xterm")
		piped, err := plain.Output()
		shown := p.onTerminal(t, []string{"TERM=xterm"}, "uapi", append([]string{"--output", format}, call...)...)
		uncoloured := strings.NewReplacer("\x1b[36m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(shown)
		if err != nil || shown == uncoloured || uncoloured != string(piped) || strings.Contains(string(piped), "\x1b") {
			t.Errorf("%s: a pipe gets %q, %v; a terminal %q", format, piped, err, shown)
		}
	}
	shown := p.onTerminal(t, []string{"TERM=xterm"}, "uapi", "Hello", "greet")
	if want := "\x1b[31mThe parameter “name” is required.\x1b[0m"; !strings.Contains(shown, want) {
		t.Errorf("an error: %q; want %q in it", shown, want)
	}
	if shown := p.onTerminal(t, nil, "uapi"); !strings.Contains(shown, "Hello          A first module.\n") || !strings.Contains(shown, "uapi Module function --help") {
		t.Errorf("the modules on a terminal: %q", shown)
	}
	p.stopped(t, d)
}
