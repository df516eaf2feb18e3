package app

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"

	"liveapi.host/host/caller/exit"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/page"
	"liveapi.host/host/sys/identity"
)

// Interpreters are the programs that run pages; "" means the one on the page's PATH.
type Interpreters struct{ PHP, Perl string }

// RunPage runs one page with this process's standard streams, and returns its exit
// status. An error means that the page could not be run.
func (a *App) RunPage(ctx context.Context, path string, by Interpreters) (status int, err error) {
	if a.SDK == "" {
		return 0, errNoSDK
	}
	p, err := a.page()
	if err != nil {
		return 0, err
	}
	p.PHP, p.Perl = by.PHP, by.Perl
	return p.Run(ctx, path)
}

// page returns a runner of pages and programs. Their session is of the user who runs
// this program, with the running host or else with one in this process.
func (a *App) page() (*page.Page, error) {
	temp, err := a.tempDir()
	if err != nil {
		return nil, err
	}
	if err := a.embedUnlessDaemon(); err != nil {
		return nil, exit.Unanswered(err)
	}
	a.watch(temp)
	who := identity.Own()
	return &page.Page{
		Serve:   func(ctx context.Context, conn *net.UnixConn) { a.serveConn(ctx, conn, self(who)) },
		Listen:  func(path string) (*net.UnixListener, error) { return unix.Socket{Path: path, Mode: 0o600}.Bind() },
		Account: who, Home: ownHome(), SDK: a.SDK, TempDir: temp,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Log: a.log,
	}, nil
}

// ownHome returns the home folder of the user who runs this program, from the user
// database.
func ownHome() string {
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil && u.HomeDir != "" {
		return u.HomeDir
	}
	return "/"
}
