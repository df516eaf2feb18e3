package host_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/page"
)

const known = "Child failed to make LIVEAPI connection to cPanel."

// pages is a folder of pages, and a runner for them.
type pages struct {
	*page.Page
	fixture     *fixture
	dir         string
	out, stderr bytes.Buffer
	log         *logged
}

func newPages(t *testing.T) *pages {
	t.Helper()
	sdk, err := filepath.Abs("../sdk/caller")
	if err != nil {
		t.Fatal(err)
	}
	f := serve(t)
	p := &pages{fixture: f, dir: shortDir(t), log: newLogged()}
	p.Page = &page.Page{
		Serve: func(ctx context.Context, conn *net.UnixConn) {
			f.door.Serve(ctx, conn, call.Caller{Account: "alice"})
		},
		Listen:  func(path string) (*net.UnixListener, error) { return unix.Socket{Path: path, Mode: 0o600}.Bind() },
		Account: "alice", Home: "/home/alice", SDK: sdk, TempDir: shortDir(t),
		Stdin: strings.NewReader(""), Stdout: &p.out, Stderr: &p.stderr,
		Log: hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: p.log}),
	}
	return p
}

// write makes a page.
func (p *pages) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a page and returns its output.
func (p *pages) run(t *testing.T, name, text string, wantStatus int) (output string) {
	t.Helper()
	p.out.Reset()
	p.stderr.Reset()
	status, err := p.Run(t.Context(), p.write(t, name, text))
	if err != nil || status != wantStatus {
		t.Errorf("%s: status %d, %v; want %d\n%s%s", name, status, err, wantStatus, p.out.String(), p.stderr.String())
	}
	return p.out.String()
}

const (
	phpPage = `<?php require_once '/usr/local/cpanel/php/cpanel.php';
$c = new CPANEL(); $r = $c->uapi('Echo', 'echo', ['text' => 'hello']); echo $r['cpanelresult']['result']['data']['text'], ' ', getcwd(), "\n"; $c->end();`
	perlPage = `use strict; use warnings; use Cpanel::LiveAPI (); use Cwd ();
my $c = Cpanel::LiveAPI->new(); my $r = $c->uapi('Echo', 'echo', { text => 'hello' }); print $r->{cpanelresult}{result}{data}{text}, ' ', Cwd::getcwd(), "\n"; $c->end();`
	ttPage = `[% SET r = execute('Echo', 'echo', { text => 'hello' }) %][% r.data.text %] [% CPANEL.ENV.item('USER') %]`
)

// TestUSection10PageTable: every ending of a page's name has its interpreter and
// library.
func TestUSection10PageTable(t *testing.T) {
	p := newPages(t)
	for name, text := range map[string]string{
		"a.live.php": phpPage, "a.livephp": phpPage, "a.live.pl": perlPage, "a.livepl": perlPage, "a.live.cgi": perlPage,
		"with blanks 'and' $(quotes).live.php": phpPage, "-e.live.pl": perlPage,
	} {
		if got := p.run(t, name, text, 0); got != "hello "+p.dir+"\n" {
			t.Errorf("%s printed %q, and %s", name, got, p.stderr.String())
		}
	}
	if got := p.run(t, "a.html.tt", ttPage, 0); !strings.HasPrefix(got, "hello") {
		t.Errorf("the template printed %q, and %s", got, p.stderr.String())
	}
	for _, name := range []string{"a.php", "a.pl", "a.html", "a.tt", ".live.php", ".html.tt", "a.live.php.bak", "a.LIVE.PHP", "alive"} {
		_, err := p.Run(t.Context(), p.write(t, name, "x"))
		if err == nil {
			t.Errorf("%s was run as a page", name)
			continue
		}
		contains(t, name, err.Error(), name, "is not a page by its name", ".live.php", ".html.tt")
	}
}

// TestW1PageEnvironment (U §10): the environment of a page has exactly these
// variables.
func TestW1PageEnvironment(t *testing.T) {
	t.Setenv("HOST_SECRET", canary)
	t.Setenv("PERL5LIB", "/nonsense")
	t.Setenv("REMOTE_USER", "mallory")
	p := newPages(t)
	socket := filepath.Join(p.TempDir, "page.sock")
	want := []string{
		"CPANEL_CONNECT_SOCKET=" + socket, "CPANEL_PHPCONNECT_SOCKET=" + socket, "HOME=/home/alice",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "REMOTE_USER=alice", "USER=alice",
	}
	for name, text := range map[string]string{
		"a.live.php": `<?php foreach (getenv() as $k => $v) echo "$k=$v\n";`,
		"a.live.pl":  `print "$_=$ENV{$_}\n" for keys %ENV;`,
	} {
		got := strings.Fields(p.run(t, name, text, 0))
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s has\n%q, want\n%q", name, got, want)
		}
	}
}

// TestPageStreams: a page uses the host's standard input and standard error. Its
// socket is private and is removed at the end.
func TestPageStreams(t *testing.T) {
	p := newPages(t)
	p.Stdin = strings.NewReader("from outside")
	got := p.run(t, "a.live.php", `<?php $s = stat(getenv('CPANEL_CONNECT_SOCKET')); printf("%o %s", $s['mode'], stream_get_contents(STDIN)); fwrite(STDERR, "to stderr\n");`, 0)
	if got != "140600 from outside" || !strings.HasPrefix(p.stderr.String(), "to stderr\n") {
		t.Errorf("got %q and %q", got, p.stderr.String())
	}
	if left, _ := os.ReadDir(p.TempDir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestPageStatus: Run returns the page's exit status, and a signal as a shell reports
// it.
func TestPageStatus(t *testing.T) {
	p := newPages(t)
	p.run(t, "a.live.php", `<?php exit(7);`, 7)
	p.run(t, "a.live.php", `<?php this is no PHP`, 255)
	p.run(t, "a.live.pl", `exit 3`, 3)
	p.run(t, "a.live.pl", `die "no"`, 255)
	p.run(t, "a.live.pl", `kill 'KILL', $$; sleep 60`, 128+int(syscall.SIGKILL))
	p.run(t, "a.live.php", `<?php require_once '/usr/local/cpanel/php/cpanel.php'; $c = new CPANEL(); $c->uapi('Echo', 'fail'); exit(4);`, 4)
	if strings.Contains(p.stderr.String(), known) {
		t.Errorf("a page that connected is told that it did not: %s", p.stderr.String())
	}
}

// TestUSection10PageThatNeverConnects: the known error line, the cause and what to do
// are on standard error and in the log, but not in the page's output.
func TestUSection10PageThatNeverConnects(t *testing.T) {
	p := newPages(t)
	for name, text := range map[string]string{"a.live.php": `{"json":1}`, "a.live.pl": `print '{"json":1}'`} {
		if got := p.run(t, name, text, 0); got != `{"json":1}` {
			t.Errorf("%s printed %q", name, got)
		}
		contains(t, "standard error", p.stderr.String(), known+"\n", filepath.Join(p.dir, name), "ended with status 0", "new CPANEL()")
		contains(t, "the log", p.log.String(), "a page ended without a connection", filepath.Join(p.dir, name))
	}
	p.run(t, "b.live.php", phpPage, 0)
	if strings.Contains(p.stderr.String(), known) {
		t.Errorf("a page that connected is told that it did not: %s", p.stderr.String())
	}
}

// TestPageProblems: if a page cannot be run, the error names the cause.
func TestPageProblems(t *testing.T) {
	p := newPages(t)
	fails := func(page string, parts ...string) {
		t.Helper()
		if _, err := p.Run(t.Context(), page); err == nil {
			t.Errorf("%s was run", page)
		} else {
			contains(t, page, err.Error(), parts...)
		}
	}
	fails(filepath.Join(p.dir, "none.live.php"), "the page cannot be read", "none.live.php: no such file")
	if err := os.Mkdir(filepath.Join(p.dir, "folder.live.php"), 0o700); err != nil {
		t.Fatal(err)
	}
	fails(filepath.Join(p.dir, "folder.live.php"), "is not a regular file")
	p.PHP = "/no/such/php"
	fails(p.write(t, "a.live.php", phpPage), "run the page", "/no/such/php")
	p.PHP, p.Path = "", p.dir
	for page, parts := range map[string][]string{"a.live.php": {"php", "php-cli"}, "a.live.pl": {"perl", "perl"}, "a.html.tt": {"perl", "perl"}} {
		fails(p.write(t, page, ""), "this page needs "+parts[0]+", which is not in "+p.dir, "run: apt-get install "+parts[1])
	}
	p.Path = ""
	if left, _ := os.ReadDir(p.TempDir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	p.TempDir = filepath.Join(p.dir, strings.Repeat("x", 120))
	fails(p.write(t, "a.live.pl", perlPage), "create the page's socket", "107", "choose a shorter one")
}

// TestPageEndsWithItsRunner: when the runner ends, the page gets SIGTERM, and SIGKILL
// after Grace.
func TestPageEndsWithItsRunner(t *testing.T) {
	for _, c := range []struct {
		name, page string
		status     int
	}{
		{"by itself", `$SIG{TERM} = sub { print "bye"; exit 0 }; $| = 1; print "up\n"; sleep 1 while 1`, 0},
		{"by the signal", `$| = 1; print "up\n"; sleep 1 while 1`, 128 + int(syscall.SIGTERM)},
		{"SIGTERM ignored", `$SIG{TERM} = 'IGNORE'; $| = 1; print "up\n"; sleep 1 while 1`, 128 + int(syscall.SIGKILL)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPages(t)
			p.Grace = 100 * time.Millisecond
			ctx, cancel := context.WithCancel(t.Context())
			p.Stdout = writer(func(text []byte) {
				if bytes.Contains(text, []byte("up")) {
					cancel()
				}
			})
			if status, err := p.Run(ctx, p.write(t, "a.live.pl", c.page)); err != nil || status != c.status {
				t.Errorf("status %d, %v; want %d", status, err, c.status)
			}
		})
	}
}

// writer is a function that gets all written bytes.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// TestPageLeavesAChild: the runner does not wait for a child of the page that keeps
// the output open, and returns the page's status.
func TestPageLeavesAChild(t *testing.T) {
	p := newPages(t)
	p.Grace = 100 * time.Millisecond
	started := time.Now()
	got := p.run(t, "a.live.pl", `$| = 1; my $pid = fork; if (!$pid) { sleep 60; exit } print "$pid"; exit 5`, 5)
	if took := time.Since(started); took > patience {
		t.Errorf("it took %s", took)
	}
	var pid int
	if _, err := fmt.Sscan(got, &pid); err == nil && pid > 1 {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// TestPageEndsDuringACall: when a page ends during a call, the runner waits for the
// call for Grace only.
func TestPageEndsDuringACall(t *testing.T) {
	p := newPages(t)
	p.Grace = 50 * time.Millisecond
	defer p.fixture.echo.Invoke(t.Context(), p.fixture.newCall("Echo", "release"))
	request := frame(uapiCall("hold", "{}"))
	page := fmt.Sprintf(
		`use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ENV{CPANEL_CONNECT_SOCKET})) or die $!;
syswrite($s, %q); $| = 1; print "asked\n"; <STDIN>; exit 6`,
		request,
	)
	page = strings.ReplaceAll(page, `\u003c`, "<")
	reader, feed := io.Pipe()
	p.Stdin = reader
	go func() { <-p.fixture.echo.holding; feed.Close() }()
	p.run(t, "a.live.pl", page, 6)
}
