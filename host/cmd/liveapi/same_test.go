package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The light programs, and liveapi under their names, do the same, with and without a
// running host.
func TestUSection5SameCommandEverywhere(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	named := p.path("named")
	for _, name := range []string{"uapi", "cpapi2"} {
		if err := os.MkdirAll(named, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(at("bin/liveapi"), filepath.Join(named, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"uapi Hello greet name=Ann",
		"uapi --output=xml Hello greet name=Ann",
		"uapi --color=always Hello greet name=Ann",
		"uapi --output=jsonpretty Hello gret",
		"uapi Hello greet name",
		"uapi hello greet",
		"uapi --output=toml Hello greet",
		"uapi --nosuch",
		"uapi --input=json Hello greet", // its standard input is empty
		"uapi --help",
		"uapi --version",
		"uapi",
		"uapi Probe",
		"uapi Probe arguments --help",
		"uapi Nosuch --help",
		"uapi --completion=bash",
		"uapi --completion=tcsh",
		"uapi __complete Probe arguments ",
		"cpapi2 Probe arguments tag=a",
		"cpapi2 Probe fails",
		"cpapi2",
		"cpapi2 --help",
	} {
		t.Run(line, func(t *testing.T) {
			words := strings.Split(line, " ")
			want := p.show(at("bin/"+words[0]), words[1:], d.socket)
			for _, other := range []struct{ program, socket string }{
				{at("bin/" + words[0]), ""}, {filepath.Join(named, words[0]), d.socket}, {filepath.Join(named, words[0]), ""},
			} {
				if got := p.show(other.program, words[1:], other.socket); got != want {
					t.Errorf("%s with the socket %q:\n%s\nthe light program with a running host:\n%s", other.program, other.socket, got, want)
				}
			}
		})
	}
	p.stopped(t, d)
}

// show runs a program and returns its output, errors and exit status.
func (p place) show(program string, args []string, socket string) string {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = p.env, p.dir
	if socket != "" {
		cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], "LIVEAPI_SOCKET="+socket)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	return fmt.Sprintf("%s\n%s\n%v", &stdout, &stderr, err)
}
