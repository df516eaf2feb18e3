package accounts

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"liveapi.host/host/accounts/fresh"
	"liveapi.host/protocol"
)

// Source joins what the user database and the folder of files say about an
// account. It is safe for concurrent use.
type Source struct {
	files *fresh.Folder[record]
	path  string
	users protocol.Accounts

	mu   sync.RWMutex
	made map[string]made
}

// made is a joined account, and the two parts that it was joined from.
type made struct {
	file    *record
	user    *protocol.Account
	account *protocol.Account
}

var _ protocol.Accounts = (*Source)(nil)
var _ protocol.Accounts = (*Passwd)(nil)

// New returns the accounts of a folder of files, NAME.yaml each, with uid, gid,
// home and shell from users; if users is nil, those are unknown. The folder need
// not exist; until it does, no account has a file. [fresh.NewFolder] says who may
// own and write it.
func New(folder string, users protocol.Accounts, now func() time.Time) *Source {
	if users == nil {
		users = nobody{}
	}
	return &Source{
		files: fresh.NewFolder(folder, ".yaml", maxFile, now, decode),
		path:  folder, users: users, made: make(map[string]made),
	}
}

// Account implements [protocol.Accounts]. The error is [protocol.ErrNotFound] when
// neither the user database nor a file has the name, and
// [protocol.CodeUnavailable] when the account's file cannot be used or has a
// mistake: the details are in the error's Err, for the log. See also
// [Source.Check].
func (s *Source) Account(ctx context.Context, name string) (*protocol.Account, error) {
	file, err := s.files.Get(name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, unavailable("the file of the account “"+name+"” cannot be used; the administrator must fix it, "+
			"and the host's log says what is wrong", err)
	}
	user, err := s.users.Account(ctx, name)
	switch {
	case missing:
		s.forget(name)
		return user, err
	case errors.Is(err, protocol.ErrNotFound):
		user = nil
	case err != nil:
		return nil, err
	}
	s.mu.RLock()
	m := s.made[name]
	s.mu.RUnlock()
	if m.file == file && m.user == user {
		return m.account, nil
	}
	m = made{file, user, join(name, file, user)}
	s.mu.Lock()
	s.made[name] = m
	s.mu.Unlock()
	return m.account, nil
}

func (s *Source) forget(name string) {
	s.mu.RLock()
	_, known := s.made[name]
	s.mu.RUnlock()
	if known {
		s.mu.Lock()
		delete(s.made, name)
		s.mu.Unlock()
	}
}

// join combines a file's data with the user database's; user may be nil.
func join(name string, file *record, user *protocol.Account) *protocol.Account {
	a := file.Account
	a.Name, a.UID, a.GID = name, -1, -1
	if user != nil {
		a.UID, a.GID, a.Home, a.Shell = user.UID, user.GID, user.Home, user.Shell
	}
	a.Domains = below(a.Home, file.Domains)
	return &a
}

// nobody is a user database without users.
type nobody struct{}

func (nobody) Account(context.Context, string) (*protocol.Account, error) {
	return nil, protocol.ErrNotFound
}
