package accounts

import (
	"context"
	"errors"
	"io/fs"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"liveapi.host/host/accounts/fresh"
	"liveapi.host/protocol"
)

// maxPasswd bounds the user database: about half a million users.
const maxPasswd = 64 << 20

// How long the name service's (such as LDAP's) response about a user is cached,
// because it does not report changes. The file is always looked at first, so the
// second one delays only new users of the name service.
const (
	keepFor        = 10 * time.Second // a user
	keepUnknownFor = time.Second      // that there is no such user

	// maxUnknown bounds the names that are cached as unknown.
	maxUnknown = 1024
)

// Passwd is the system's user database as a source of accounts: it knows who an
// account is, but not what it has. It is safe for concurrent use.
type Passwd struct {
	file *fresh.File[map[string]*protocol.Account]
	now  func() time.Time
	look func(name string) (*user.User, error) // the name service

	mu     sync.Mutex
	others map[string]remembered // users of the name service
	absent map[string]time.Time  // names that the name service does not know, and until when that is cached
}

type remembered struct {
	account *protocol.Account
	until   time.Time
}

// NewPasswd returns the user database of this path: "/etc/passwd", except in
// tests. Users who are not in the file are looked up in the system's name service,
// if this program was built with cgo.
func NewPasswd(path string, now func() time.Time) *Passwd {
	return &Passwd{
		file:   fresh.NewFile(path, maxPasswd, now, parsePasswd),
		now:    now,
		look:   user.Lookup,
		others: make(map[string]remembered),
		absent: make(map[string]time.Time),
	}
}

// Account implements [protocol.Accounts]. An account "#1001" is a uid without a
// name; it has only the uid. Account returns the same pointer until something has
// changed.
func (p *Passwd) Account(_ context.Context, name string) (*protocol.Account, error) {
	if number, is := strings.CutPrefix(name, "#"); is {
		if uid, ok := userNumber(number); ok && strconv.Itoa(uid) == number {
			return &protocol.Account{Name: name, UID: uid, GID: -1}, nil
		}
		return nil, protocol.ErrNotFound
	}
	users, err := p.file.Get()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unavailable(
			"the account cannot be looked up, because the system's user database cannot be read; the administrator must fix this", err)
	}
	if users != nil {
		if a := (*users)[name]; a != nil {
			return a, nil
		}
	}
	return p.ask(name)
}

// ask looks a user up in the name service.
func (p *Passwd) ask(name string) (*protocol.Account, error) {
	now := p.now()
	p.mu.Lock()
	r, known := p.others[name]
	absent := now.Before(p.absent[name])
	p.mu.Unlock()
	switch {
	case known && now.Before(r.until):
		return r.account, nil
	case absent:
		return nil, protocol.ErrNotFound
	}
	u, err := p.look(name)
	var unknown user.UnknownUserError
	switch {
	case errors.As(err, &unknown) || errors.Is(err, fs.ErrNotExist) || err == nil && u.Username != name:
		p.mu.Lock()
		delete(p.others, name)
		if len(p.absent) >= maxUnknown {
			clear(p.absent)
		}
		p.absent[name] = now.Add(keepUnknownFor)
		p.mu.Unlock()
		return nil, protocol.ErrNotFound
	case err != nil:
		return nil, unavailable("the account cannot be looked up, because the system's name service does not respond; try again later", err)
	}
	a := newUser(name, u.Uid, u.Gid, u.HomeDir, "")
	if a == nil {
		return nil, protocol.ErrNotFound
	}
	if known && sameUser(r.account, a) {
		a = r.account // the same pointer, so that accounts that were joined with it stay valid
	}
	p.mu.Lock()
	p.others[name] = remembered{a, now.Add(keepFor)}
	p.mu.Unlock()
	return a, nil
}

func sameUser(a, b *protocol.Account) bool {
	return a.UID == b.UID && a.GID == b.GID && a.Home == b.Home && a.Shell == b.Shell
}

// parsePasswd reads passwd(5). As the C library does, it skips invalid lines, and
// of two lines with the same name it uses the first.
func parsePasswd(_ string, data []byte) (*map[string]*protocol.Account, error) {
	users := make(map[string]*protocol.Account)
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) != 7 || f[0] == "" || strings.ContainsAny(f[0][:1], "#+-") {
			continue // invalid, a comment, or an entry for NIS
		}
		if f[6] == "" {
			f[6] = "/bin/sh" // passwd(5)
		}
		if a := newUser(f[0], f[2], f[3], f[5], f[6]); a != nil && users[f[0]] == nil {
			users[f[0]] = a
		}
	}
	return &users, nil
}

// newUser returns nil when uid or gid is invalid.
func newUser(name, uid, gid, home, shell string) *protocol.Account {
	u, ok := userNumber(uid)
	g, ok2 := userNumber(gid)
	if !ok || !ok2 {
		return nil
	}
	if filepath.IsAbs(home) {
		home = filepath.Clean(home)
	} else {
		home = ""
	}
	return &protocol.Account{Name: name, UID: u, GID: g, Home: home, Shell: shell}
}

// userNumber reads a uid or gid. The highest number is invalid: the kernel uses it
// for "no user".
func userNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil && n < 1<<32-1
}

func unavailable(text string, cause error) error {
	return &protocol.Error{Code: protocol.CodeUnavailable, Text: text, Err: cause}
}
