// Package etcdtest starts real etcd clusters for tests, on loopback ports and in folders
// of their own, and kills, stops and restarts their members.
//
// The program is etcd of Debian's package etcd-server, or the one in the environment
// variable LIVEAPI_TEST_ETCD. Without a program the test fails.
package etcdtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Cluster is one cluster of etcd.
type Cluster struct {
	Members []*Member
	secure  bool
}

// Member is one etcd process.
type Member struct {
	Host    string // and port, where callers connect
	program string
	args    []string
	log     string // file
	cmd     *exec.Cmd
	exited  chan struct{}
}

// startTime is how long a cluster may take until it serves.
const startTime = 30 * time.Second

// Start starts a cluster of n members with flags of etcd, and ends it with the test. If
// secure is not nil, the members serve callers with this TLS.
func Start(t testing.TB, n int, secure *TLS, flags ...string) *Cluster {
	t.Helper()
	program := os.Getenv("LIVEAPI_TEST_ETCD")
	if program == "" {
		var err error
		if program, err = exec.LookPath("etcd"); err != nil {
			t.Fatal("etcd is not installed: install Debian's package etcd-server, or name a program with LIVEAPI_TEST_ETCD")
		}
	}
	dir := t.TempDir()
	c := &Cluster{secure: secure != nil}
	scheme := "http://"
	if c.secure {
		scheme = "https://"
		flags = append(flags, secure.flags()...)
	}
	ports := freePorts(t, 2*n)
	var peers []string
	for i := range n {
		peers = append(peers, fmt.Sprintf("m%d=http://%s", i, ports[n+i]))
	}
	for i := range n {
		name := fmt.Sprintf("m%d", i)
		m := &Member{Host: ports[i], program: program, log: filepath.Join(dir, name+".log")}
		m.args = append([]string{
			"--name", name, "--data-dir", filepath.Join(dir, name),
			"--listen-client-urls", scheme + ports[i], "--advertise-client-urls", scheme + ports[i],
			"--listen-peer-urls", "http://" + ports[n+i], "--initial-advertise-peer-urls", "http://" + ports[n+i],
			"--initial-cluster", strings.Join(peers, ","), "--initial-cluster-state", "new",
		}, flags...)
		c.Members = append(c.Members, m)
	}
	t.Cleanup(func() {
		for _, m := range c.Members {
			m.end(syscall.SIGKILL)
		}
		if t.Failed() {
			for _, m := range c.Members {
				t.Logf("%s says at its end:\n%s", m.Host, m.tail())
			}
		}
	})
	c.Begin(t)
	return c
}

// freePorts returns loopback addresses that nobody listens on.
func freePorts(t testing.TB, n int) (hosts []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		hosts = append(hosts, l.Addr().String())
	}
	return hosts
}

// Begin starts the members that do not run, and waits until they serve.
func (c *Cluster) Begin(t testing.TB) {
	t.Helper()
	Begin(t, c.Members...)
}

// Begin starts the members that do not run, and waits until they serve.
func Begin(t testing.TB, members ...*Member) {
	t.Helper()
	var serving []<-chan struct{}
	for _, m := range members {
		if m.cmd == nil {
			serving = append(serving, m.begin(t))
		}
	}
	timeout := time.After(startTime)
	for _, s := range serving {
		select {
		case <-s:
		case <-timeout:
			t.Fatalf("etcd does not serve within %v", startTime)
		}
	}
}

// begin starts the process; the channel is closed when it serves.
func (m *Member) begin(t testing.TB) <-chan struct{} {
	t.Helper()
	log, err := os.OpenFile(m.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	m.cmd = exec.Command(m.program, m.args...)
	m.cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // etcd takes settings from ETCD_…
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := m.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving, exited := make(chan struct{}), make(chan struct{})
	m.exited = exited
	go func(cmd *exec.Cmd) {
		defer log.Close()
		ready := false
		for lines := bufio.NewReader(said); ; {
			line, err := lines.ReadString('\n')
			io.WriteString(log, line)
			if !ready && strings.Contains(line, "ready to serve client requests") {
				ready = true
				close(serving)
			}
			if err != nil {
				break
			}
		}
		cmd.Wait()
		close(exited)
	}(m.cmd)
	return serving
}

// tail returns the end of the member's log.
func (m *Member) tail() string {
	text, err := os.ReadFile(m.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

func (m *Member) end(signal syscall.Signal) {
	if m.cmd == nil {
		return
	}
	m.cmd.Process.Signal(signal)
	<-m.exited
	m.cmd = nil
}

// Kill ends the member at once, as a power cut does.
func (m *Member) Kill() { m.end(syscall.SIGKILL) }

// Pause stops the member: its connections stay open, and it does not respond.
func (m *Member) Pause(t testing.TB) { m.signal(t, syscall.SIGSTOP) }

// Resume continues a stopped member.
func (m *Member) Resume(t testing.TB) { m.signal(t, syscall.SIGCONT) }

func (m *Member) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := m.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Hosts are all members, for an address.
func (c *Cluster) Hosts() string {
	var all []string
	for _, m := range c.Members {
		all = append(all, m.Host)
	}
	return strings.Join(all, ",")
}

// Address returns the address for records under a prefix, which has no slashes.
func (c *Cluster) Address(prefix string) string {
	if c.secure {
		return "etcds://" + c.Hosts() + "/" + prefix
	}
	return "etcd://" + c.Hosts() + "/" + prefix
}

// Client returns etcd's own client, for the work of an operator. Members with TLS need
// the certificate of a user.
func (c *Cluster) Client(t testing.TB, config clientv3.Config) *clientv3.Client {
	t.Helper()
	scheme := "http://"
	if c.secure {
		scheme = "https://"
	}
	for _, m := range c.Members {
		config.Endpoints = append(config.Endpoints, scheme+m.Host)
	}
	config.Logger, config.DialTimeout = zap.NewNop(), startTime
	client, err := clientv3.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// Leader returns the leader that the majority reports, and the other members. It waits
// until there is a leader.
func (c *Cluster) Leader(t testing.TB, client *clientv3.Client) (leader *Member, others []*Member) {
	t.Helper()
	for end := time.Now().Add(startTime); time.Now().Before(end); {
		ids, votes := map[*Member]uint64{}, map[uint64]int{}
		for _, m := range c.Members {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			status, err := client.Status(ctx, m.Host)
			cancel()
			if err == nil {
				ids[m] = status.Header.MemberId
				votes[status.Leader]++
			}
		}
		leader, others = nil, nil
		for _, m := range c.Members {
			if id, ok := ids[m]; ok && votes[id] > len(c.Members)/2 {
				leader = m
			} else {
				others = append(others, m)
			}
		}
		if leader != nil {
			return leader, others
		}
	}
	t.Fatal("no member leads")
	return nil, nil
}
