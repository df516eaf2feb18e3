package page

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Page runs LiveAPI pages, each with its own socket, which only its user can reach
// (U §10).
type Page struct {
	// Serve serves one connection of the page, for the account that runs it, and
	// closes the connection.
	Serve   func(ctx context.Context, conn *net.UnixConn)
	Listen  func(socket string) (*net.UnixListener, error) // creates the page's socket, only for its user
	Account string
	Home    string // the account's home folder

	SDK     string // the folder of the callers' libraries: php/ and perl/ below it
	PHP     string // the interpreters; "": from the page's PATH
	Perl    string
	Path    string // the page's PATH; "": the system's usual one
	TempDir string // a private folder for the socket

	// Grace is how long the page may run after SIGTERM, and its last calls after it
	// has ended; 0: 5 s.
	Grace time.Duration

	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Log            hclog.Logger
}

// pagePath is the usual PATH of a page, which gets nothing from the host's
// environment.
const pagePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// noConnection is the error line that users know from other hosts.
const noConnection = "Child failed to make LIVEAPI connection to cPanel."

// Run runs one page and returns its exit status. An error means that the page
// could not be run.
func (p *Page) Run(ctx context.Context, page string) (int, error) {
	page, err := filepath.Abs(page)
	if err != nil {
		return 0, err
	}
	if info, err := os.Stat(page); err != nil {
		return 0, fmt.Errorf("the page cannot be read: %w", err)
	} else if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("the page %s is not a regular file", page)
	}
	argv, err := p.command(page)
	if err != nil {
		return 0, err
	}
	status, connected, err := p.serve(ctx, func(socket string) *exec.Cmd { return p.child(ctx, argv, page, socket) })
	if err != nil {
		return 0, err
	}
	if !connected {
		p.Log.Warn("a page ended without a connection", "page", page, "status", status)
		fmt.Fprintf(p.Stderr, "%s\nThe page %s ended with status %d and never made a connection: it has to load the LiveAPI class "+
			"(new CPANEL(), Cpanel::LiveAPI->new(), execute()) and make one call; see its interpreter's messages above.\n",
			noConnection, page, status)
	}
	return status, nil
}

// RunProgram runs any program with a session, in this process's folder and with the
// environment env, and returns its exit status.
func (p *Page) RunProgram(ctx context.Context, argv, env []string) (int, error) {
	status, _, err := p.serve(ctx, func(socket string) *exec.Cmd {
		cmd := p.process(ctx, argv)
		cmd.Env = append(env[:len(env):len(env)], sockets(socket)...)
		return cmd
	})
	return status, err
}

// serve creates a socket, runs the child process for it, and serves the connections
// meanwhile.
func (p *Page) serve(ctx context.Context, child func(socket string) *exec.Cmd) (status int, connected bool, err error) {
	socket := filepath.Join(p.TempDir, "page.sock")
	listener, err := p.Listen(socket)
	if err != nil {
		return 0, false, fmt.Errorf("create the page's socket: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	over := p.accept(serving, listener)
	status, err = p.wait(child(socket))
	stop()
	listener.Close()
	if err != nil {
		return 0, false, err
	}
	return status, over(), nil
}

// accept serves the page's connections. The function that it returns waits for
// their calls, for Grace at most, and reports whether there was a connection.
func (p *Page) accept(ctx context.Context, listener *net.UnixListener) (connected func() bool) {
	var sessions sync.WaitGroup
	var any atomic.Bool
	sessions.Go(func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			any.Store(true)
			sessions.Go(func() { p.Serve(ctx, conn) })
		}
	})
	return func() bool {
		done := make(chan struct{})
		go func() { sessions.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(p.grace()): // nobody reads the reply
			p.Log.Warn("a page ended during a call, which is still running")
		}
		return any.Load()
	}
}

// command returns the command that runs a page, by the ending of the page's name.
func (p *Page) command(page string) ([]string, error) {
	php, perl := filepath.Join(p.SDK, "php"), filepath.Join(p.SDK, "perl")
	name, lib := filepath.Base(page), filepath.Join(perl, "lib")
	switch {
	case hasEnding(name, ".live.php", ".livephp"):
		prepend := filepath.Join(php, "prepend.php")
		return p.interpreter(p.PHP, "php", "php-cli", "-d", "auto_prepend_file="+prepend, "-d", "include_path=.:"+php, page)
	case hasEnding(name, ".live.pl", ".livepl", ".live.cgi"):
		return p.interpreter(p.Perl, "perl", "perl", "-I", lib, "-MLiveAPI::Page", page)
	case hasEnding(name, ".html.tt"):
		return p.interpreter(p.Perl, "perl", "perl", "-I", lib, filepath.Join(perl, "bin", "liveapi-tt"), page)
	}
	return nil, fmt.Errorf("%s is not a page by its name: pages end in .live.php, .livephp, .live.pl, .livepl, .live.cgi or .html.tt", name)
}

func hasEnding(name string, endings ...string) bool {
	for _, e := range endings {
		if strings.HasSuffix(name, e) && len(name) > len(e) {
			return true
		}
	}
	return false
}

func (p *Page) interpreter(configured, name, debian string, args ...string) ([]string, error) {
	if configured != "" {
		return append([]string{configured}, args...), nil
	}
	for _, dir := range filepath.SplitList(p.path()) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return append([]string{path}, args...), nil
		}
	}
	return nil, fmt.Errorf("this page needs %s, which is not in %s; run: apt-get install %s", name, p.path(), debian)
}

func (p *Page) path() string {
	if p.Path == "" {
		return pagePath
	}
	return p.Path
}

func (p *Page) grace() time.Duration {
	if p.Grace == 0 {
		return 5 * time.Second
	}
	return p.Grace
}

// child returns the page's process, with the page's folder and its own environment.
func (p *Page) child(ctx context.Context, argv []string, page, socket string) *exec.Cmd {
	cmd := p.process(ctx, argv)
	cmd.Dir = filepath.Dir(page)
	cmd.Env = append(sockets(socket),
		"HOME="+p.Home,
		"PATH="+p.path(),
		"REMOTE_USER="+p.Account,
		"USER="+p.Account,
	)
	return cmd
}

// sockets returns the two variables with the path of the socket (W1); both always
// have the same value.
func sockets(path string) []string {
	return []string{"CPANEL_CONNECT_SOCKET=" + path, "CPANEL_PHPCONNECT_SOCKET=" + path}
}

// process returns a process with the host's streams, which is killed when the host
// dies.
func (p *Page) process(ctx context.Context, argv []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = p.grace()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// wait runs the page until it ends. The kernel sends the parent-death signal when
// the thread that forked ends, so wait keeps that thread.
func (p *Page) wait(cmd *exec.Cmd) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return 0, fmt.Errorf("run the page: %w", err)
	}
	// Run's error is ignored: SIGTERM from the host, or a child that keeps the output
	// open, is not a failure of the page.
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil // as a shell reports it
	}
	return cmd.ProcessState.ExitCode(), nil
}
