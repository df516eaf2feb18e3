package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"liveapi.host/host/accounts"
	"liveapi.host/host/texts"
	"liveapi.host/protocol"
)

func (a *App) accounts() *accounts.Source {
	return accounts.New(a.Accounts, accounts.NewPasswd("/etc/passwd", time.Now), time.Now)
}

// AccountFiles is the content of the folders of accounts and of texts.
type AccountFiles struct {
	Names     []string          // of accounts that have a file
	Summaries map[string]string // one line for each account whose file has no error
	Problems  []Problem         // in the files of accounts and of texts
}

// Problem is one error or warning about a file.
type Problem struct {
	Err     error
	Warning bool // it may be intended
}

// CheckAccounts reads every file of accounts and of texts.
func (a *App) CheckAccounts(ctx context.Context) (*AccountFiles, error) {
	source := a.accounts()
	names, err := source.Names()
	if err != nil {
		return nil, err
	}
	files := &AccountFiles{Names: names, Summaries: make(map[string]string)}
	for _, name := range names {
		if account, err := source.Account(ctx, name); err == nil {
			files.Summaries[name] = summary(account)
		}
	}
	for _, err := range append(source.Check(ctx), texts.New(a.Texts, time.Now, nil).Check()...) {
		_, warning := errors.AsType[*accounts.Warning](err)
		files.Problems = append(files.Problems, Problem{err, warning})
	}
	return files, nil
}

// summary describes an account in one line.
func summary(a *protocol.Account) string {
	parts := []string{"no domain"}
	if domain, ok := a.MainDomain(); ok {
		parts[0] = domain.Name
		if more := len(a.Domains) - 1; more > 0 {
			parts[0] += fmt.Sprintf(" and %d more", more)
		}
	}
	if a.Demo {
		parts = append(parts, "demo")
	}
	if a.Reseller {
		parts = append(parts, "reseller")
	}
	switch {
	case a.Features.Only != nil:
		parts = append(parts, "only the features "+strings.Join(a.Features.Only, " "))
	case a.Features.Except != nil:
		parts = append(parts, "no feature "+strings.Join(a.Features.Except, " "))
	}
	return strings.Join(parts, ", ")
}
