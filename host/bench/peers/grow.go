package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"liveapi.host/host/bench/internal/measure"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
)

// Growth: what a host needs, and how long a call takes, with many idle sessions, modules
// or accounts. The host is bin/bench as a host.

// grower holds what the growth tables share.
type grower struct {
	bench, modules string
	dir            string
	out            io.Writer
}

func grow(args []string) error {
	g := &grower{out: os.Stdout}
	set := flag.NewFlagSet("peers grow", flag.ContinueOnError)
	set.StringVar(&g.bench, "bench", "bin/bench", "the program that is the host")
	set.StringVar(&g.modules, "modules", "bin/modules", "folder of the module programs")
	if err := set.Parse(args); err != nil {
		return err
	}
	var err error
	if g.modules, err = filepath.Abs(g.modules); err != nil {
		return err
	}
	if g.dir, err = os.MkdirTemp("", "peers-"); err != nil {
		return err
	}
	defer os.RemoveAll(g.dir)
	fmt.Fprintln(g.out, "Memory: the anonymous memory of a process, without the pages of its program. Times: of one caller alone, µs.")
	for _, table := range []func() error{g.sessions, g.manyModules, g.accounts} {
		if err := table(); err != nil {
			return err
		}
	}
	return nil
}

// host starts a host and waits until it has started its modules.
func (g *grower) host(state string, args ...string) (socket string, s *server, err error) {
	socket = filepath.Join(g.dir, filepath.Base(state)+".sock")
	cmd := exec.Command(g.bench, append([]string{"host", "-socket", socket, "-state", state}, args...)...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	s, err = startServer(cmd)
	return socket, s, err
}

// conversation is a session with a host.
type conversation struct {
	net.Conn
	in  *bufio.Reader
	buf []byte
}

// open begins a session; name is that of the account where the host wants to know it.
func open(socket, name string) (*conversation, error) {
	conn, err := net.Dial("unix", socket)
	if err == nil {
		_, err = io.WriteString(conn, name)
	}
	return &conversation{Conn: conn, in: bufio.NewReader(conn)}, err
}

func (c *conversation) call(module, function string) error {
	frame, err := liveapi.AppendCall(nil, liveapi.Call{Module: module, Function: function, API: protocol.UAPI, Args: json.RawMessage(`{}`)})
	if err != nil {
		return err
	}
	if _, err := c.Write(frame); err != nil {
		return err
	}
	if c.buf, err = liveapi.ReadReply(c.in, c.buf, 8<<20); err != nil {
		return err
	}
	if !bytes.Contains(c.buf, []byte(`"status":1`)) {
		return fmt.Errorf("the call failed: %.300s", c.buf)
	}
	return nil
}

// settle is how long a process has to rest before its memory is read.
const settle = 2 * time.Second

// memory is the anonymous memory of a process, in KiB: the pages of its program are not in it.
func memory(pid int) (kib float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Anonymous:" {
			n, e := strconv.ParseFloat(fields[1], 64)
			if e != nil {
				return 0, e
			}
			kib += n
		}
	}
	return kib, err
}

// timed is p50 and p99 of one caller.
func timed(span time.Duration, call func() error) (measured, error) {
	times, err := measure.Loop([]measure.Caller{{Call: call}}, time.Now().Add(span))
	return summary(1, times, 0), err
}

const growthSpan = 500 * time.Millisecond

func (g *grower) sessions() error {
	socket, s, err := g.host(filepath.Join(g.dir, "sessions"), "-link", "inside")
	if err != nil {
		return err
	}
	defer s.stop()
	lone, err := open(socket, "")
	if err != nil {
		return err
	}
	defer lone.Close()
	fmt.Fprint(g.out, "\n## Idle sessions\n\nEach has made one call. The function is inside the host.\n\n"+
		"| sessions | host MiB | KiB a session | p50 of another | p99 |\n|--:|--:|--:|--:|--:|\n")
	var none float64
	opened := 0
	for _, n := range []int{0, 100, 1000, 2000, 4000} {
		for ; opened < n; opened++ {
			c, err := open(socket, "")
			if err != nil {
				return err
			}
			defer c.Close()
			if err := c.call("Bench", "empty"); err != nil {
				return err
			}
		}
		m, err := timed(growthSpan, func() error { return lone.call("Bench", "empty") })
		if err != nil {
			return err
		}
		time.Sleep(settle)
		kib, err := memory(s.pid)
		if err != nil {
			return err
		}
		each := "–"
		if n == 0 {
			none = kib
		} else {
			each = measure.Short((kib - none) / float64(n))
		}
		fmt.Fprintf(g.out, "| %d | %.1f | %s | %s | %s |\n", n, kib/1024, each, measure.Short(m.P50), measure.Short(m.P99))
	}
	return nil
}

func (g *grower) manyModules() error {
	fmt.Fprint(g.out, "\n## Modules\n\nEach is a process with one function. Calls go to one module after the other.\n\n"+
		"| modules | until all have started, ms | host MiB | MiB a module | p50 | p99 |\n|--:|--:|--:|--:|--:|--:|\n")
	for _, n := range []int{1, 10, 50, 100} {
		if err := g.modulesRow(n); err != nil {
			return err
		}
	}
	return nil
}

func (g *grower) modulesRow(n int) error {
	folder := filepath.Join(g.dir, fmt.Sprint("modules", n))
	names, err := modulePrograms(folder, n)
	if err != nil {
		return err
	}
	began := time.Now()
	socket, s, err := g.host(folder+"-state", "-modules", folder)
	if err != nil {
		return err
	}
	defer s.stop()
	started := time.Since(began)
	c, err := open(socket, "")
	if err != nil {
		return err
	}
	defer c.Close()
	next := 0
	m, err := timed(growthSpan, func() error { next++; return c.call(names[next%n], "empty") })
	if err != nil {
		return err
	}
	time.Sleep(settle)
	host, err := memory(s.pid)
	if err != nil {
		return err
	}
	children, err := measure.Children()
	if err != nil {
		return err
	}
	var all float64
	for _, pid := range children[s.pid] {
		kib, err := memory(pid)
		if err != nil {
			return err
		}
		all += kib
	}
	fmt.Fprintf(g.out, "| %d | %d | %.1f | %.1f | %s | %s |\n", n, started.Milliseconds(),
		host/1024, all/1024/float64(n), measure.Short(m.P50), measure.Short(m.P99))
	return nil
}

// accountFile is like that of bin/bench's host.
const accountFile = `domain: example.com
addon_domains:
  shop.test: {root: shop, subdomain: shop}
sub_domains:
  blog.example.com: {root: blog}
parked_domains: [example.net, example.org]
plan: small
`

func (g *grower) accounts() error {
	fmt.Fprint(g.out, "\n## Accounts\n\nDomainInfo::list_domains, which asks the host for the account.\n"+
		"First: a new session's first call, of another account each time.\n\n"+
		"| accounts | first call p50 | p99 | later calls p50 | p99 | host MiB |\n|--:|--:|--:|--:|--:|--:|\n")
	state := filepath.Join(g.dir, "accounts")
	made := 0
	for _, n := range []int{10, 1000, 100_000, 1_000_000} {
		if err := makeAccounts(filepath.Join(state, "accounts"), made, n); err != nil {
			return err
		}
		made = n
		if err := g.accountsRow(state, n); err != nil {
			return err
		}
	}
	return nil
}

func (g *grower) accountsRow(state string, n int) error {
	socket, s, err := g.host(state, "-modules", g.modules, "-named")
	if err != nil {
		return err
	}
	defer s.stop()
	defer os.Remove(socket)
	random := rand.New(rand.NewPCG(1, uint64(n))) // the same accounts in each run
	var sessions []*conversation
	var first []time.Duration
	for range 1000 {
		began := time.Now()
		c, err := open(socket, accountName(random.IntN(n)))
		if err == nil {
			err = c.call("DomainInfo", "list_domains")
		}
		if err != nil {
			return err
		}
		defer c.Close()
		first = append(first, time.Since(began))
		sessions = append(sessions, c)
	}
	next := 0
	later, err := timed(growthSpan, func() error {
		next++
		return sessions[next%len(sessions)].call("DomainInfo", "list_domains")
	})
	if err != nil {
		return err
	}
	time.Sleep(settle)
	kib, err := memory(s.pid)
	if err != nil {
		return err
	}
	firsts := summary(1, first, 0)
	fmt.Fprintf(g.out, "| %d | %s | %s | %s | %s | %.1f |\n", n, measure.Short(firsts.P50), measure.Short(firsts.P99),
		measure.Short(later.P50), measure.Short(later.P99), kib/1024)
	return nil
}

// accountName has the length that bin/bench's host wants.
func accountName(n int) string { return fmt.Sprintf("account-%06d", n) }

// linksOfFile is fewer than ext4 allows (65,000).
const linksOfFile = 50_000

// makeAccounts writes the files of the accounts from one number to another. They are links, so that
// a million need no space of their own.
func makeAccounts(folder string, from, to int) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	source := ""
	for i := from; i < to; i++ {
		name := filepath.Join(folder, accountName(i)+".yaml")
		if source == "" || i%linksOfFile == 0 {
			source = name
			if err := os.WriteFile(name, []byte(accountFile), 0o600); err != nil {
				return err
			}
		} else if err := os.Link(source, name); err != nil {
			return err
		}
	}
	return nil
}
