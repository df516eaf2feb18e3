package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"liveapi.host/host/accounts"
	"liveapi.host/host/caller"
	"liveapi.host/protocol"
)

// Checkup is a check of one thing that a host depends on. Look uses it and returns its
// state, or an error that says what to do.
type Checkup struct {
	Name string
	Look func(ctx context.Context) (string, error)
}

// Checkups returns all checks. A host in this process checks the modules.
func (a *App) Checkups() []Checkup {
	return []Checkup{
		{"settings", a.checkSettings},
		{"clock", func(context.Context) (string, error) { return checkClock() }},
		{"database", a.checkStore},
		{"modules", a.checkModules},
		{"accounts", a.checkAccounts},
		{"running host", a.checkDaemon},
	}
}

// checkStore writes a record of the host's own, reads it back, which needs the keys,
// and removes it.
func (a *App) checkStore(ctx context.Context) (string, error) {
	data, err := a.openStore(ctx)
	if err != nil {
		return "", err
	}
	if closer, ok := data.(io.Closer); ok {
		defer closer.Close()
	}
	key := "LiveAPI//doctor/" + rand.Text()
	begun := time.Now()
	version, err := data.Swap(ctx, key, 0, []byte("well"))
	took := time.Since(begun)
	if err != nil {
		return "", fmt.Errorf("no record can be written: %w", err)
	}
	_, reading := data.Get(ctx, key)
	if _, err := data.Swap(context.WithoutCancel(ctx), key, version, nil); err != nil || reading != nil {
		return "", fmt.Errorf("the record that was written cannot be read or removed: %w", errors.Join(reading, err))
	}
	return fmt.Sprintf("%s: written in %v, read and removed", a.database(), took.Round(10*time.Microsecond)), nil
}

func (a *App) checkModules(ctx context.Context) (string, error) {
	if err := a.embed(); err != nil {
		return "", err
	}
	manifests, err := a.host.Describe(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, m := range manifests {
		names = append(names, m.Module)
	}
	return fmt.Sprintf("%s: %d, %s", a.Modules, len(names), strings.Join(names, " ")), nil
}

func (a *App) checkAccounts(ctx context.Context) (string, error) {
	if err := errors.Join(a.missing("accounts")...); err != nil {
		return "", err
	}
	source := a.accounts()
	names, err := source.Names()
	if err != nil {
		return "", err
	}
	var problems []error
	for _, problem := range source.Check(ctx) {
		if _, odd := errors.AsType[*accounts.Warning](problem); !odd {
			problems = append(problems, problem)
		}
	}
	return fmt.Sprintf("%s: %d with a file", a.Accounts, len(names)), errors.Join(problems...)
}

// checkDaemon asks the running host for its version. No running host is not an error.
func (a *App) checkDaemon(context.Context) (string, error) {
	stream, err := a.daemon()
	if err != nil {
		return "", err
	}
	if stream == nil {
		return "none; each command is a host itself", nil
	}
	conn := caller.NewConn(stream)
	defer conn.Close()
	answer, err := conn.Call(caller.Request{Module: "LiveAPI", Function: "version", API: protocol.UAPI})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("answers: %s", answer.Data), answer.Err()
}
