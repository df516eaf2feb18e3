package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The servers and the module of go-plugin are this program again.
func TestMain(m *testing.M) {
	if os.Getenv(handshake.MagicCookieKey) != "" || len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := start(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func newLab(t *testing.T) *lab {
	l := &lab{dir: t.TempDir(), running: make(map[string]*server)}
	t.Cleanup(l.close)
	return l
}

// Each peer carries each kind of call that is measured.
func TestPeers(t *testing.T) {
	_, noPHP := exec.LookPath("php")
	l := newLab(t)
	for _, p := range peers {
		for _, k := range kinds() {
			if !p.calls(k) || !p.carries(k) {
				continue
			}
			t.Run(k.name+"/"+p.name, func(t *testing.T) {
				if k.php && noPHP != nil {
					t.Fatal("there is no php; make deps installs it")
				}
				m, err := l.measure(p, k, 2, 20*time.Millisecond)
				if err != nil || m.Rate <= 0 || m.P50 <= 0 || m.P99 < m.P50 || m.CPU <= 0 {
					t.Errorf("%+v, %v", m, err)
				}
			})
		}
	}
}

func TestPayload(t *testing.T) {
	for _, size := range []int{200, 64 << 10, 1 << 20} {
		if n := len(makePayload(size)); n != size {
			t.Errorf("%d bytes for a size of %d", n, size)
		}
	}
}

func TestResults(t *testing.T) {
	r := newResults(options{rounds: 3, span: time.Second})
	for _, rate := range []float64{900, 100, 200} {
		r.add("empty", "whole path, lane", 8, measured{Rate: rate, P50: 10, P99: 20, CPU: 5})
		r.add("empty", "ttrpc, one hop", 8, measured{Rate: rate / 2, P50: 20, P99: 40})
	}
	var out strings.Builder
	r.print(&out)
	for _, line := range []string{
		"| **liveapi: whole path, lane** | 8 | 200 | 10.0 | 20.0 | 5.0 | 1.00 | 1.00 |\n",
		"| ttrpc, one hop | 8 | 100 | 20.0 | 40.0 | – | 2.00 | 0.50 |\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
}

// The same results give the same pictures.
func TestPlots(t *testing.T) {
	r := newResults(options{rounds: 1, span: time.Second})
	for n, callers := range []int{1, 8} {
		r.add("empty", "whole path, lane", callers, measured{Rate: float64(100 + n), P50: float64(10 + n)})
	}
	r.add("reply of 64 KiB", "lane, 64 KiB", 1, measured{Rate: 100, P50: 10})
	r.add("reply of 1 MiB", "lane, 1 MiB", 1, measured{Rate: 50, P50: 20})
	file := filepath.Join(t.TempDir(), "results.json")
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	var pictures [2]string
	for i := range pictures {
		dir := t.TempDir()
		if err := plotFile(file, dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"calls.svg", "latency.svg", "replies.svg"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			pictures[i] += string(text)
		}
	}
	if pictures[0] != pictures[1] || !strings.Contains(pictures[0], "<svg") {
		t.Error("the pictures of two runs differ, or one is not SVG")
	}
}
