package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/audit"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what administrators did: when, who, from where, what",
		Long: `Shows the record of what administrators did, oldest first: calls of WHM API 1 that
change something, and the commands that work on the database. It is kept in the
database and cannot be changed by any command or module.

An act has two entries. One that has begun and never ended was cut off: what it
did is not known.`,
		Example: "  liveapi audit --since 24h\n  liveapi audit --since 2026-11-01 --json",
		Args:    cobra.NoArgs,
		RunE:    showAudit,
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("since", "", "from when on: a date, a time (RFC 3339), or how long ago, such as 24h")
	cmd.Flags().Bool("json", false, "one JSON object on each line")
	return cmd
}

func showAudit(cmd *cobra.Command, _ []string) error {
	given, _ := cmd.Flags().GetString("since")
	since, err := moment(given, time.Now())
	if err != nil {
		return exit.Misuse(err)
	}
	a, err := newApp(cmd.Flags(), "error")
	if err != nil {
		return err
	}
	keys, err := a.keys()
	if err != nil {
		return err
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	unread := 0
	err = a.withEngine(cmd.Context(), func(engine protocol.Storage) error {
		if engine == nil {
			return nil // nothing was done yet
		}
		return audit.Each(cmd.Context(), engine, store.Sealed(engine, keys), since, func(e audit.Entry, err error) error {
			switch {
			case err != nil:
				unread++
				_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s %s: this entry cannot be read: %v\n", e.When.Format(time.RFC3339), e.ID, err)
			case asJSON:
				err = out.Encode(e)
			default:
				_, err = io.WriteString(cmd.OutOrStdout(), line(e))
			}
			return err
		})
	})
	if err == nil && unread > 0 {
		err = exit.Error{Status: exit.Failed}
	}
	return err
}

// recorded does what an administrator has asked a command for, and has it in the
// audit record of the store. Where there is no store yet, or no key,
// only its end is, once the act has made one.
func (a *app) recorded(ctx context.Context, what string, with map[string]string, act func() error) error {
	keys, err := a.keys()
	if err != nil {
		return err
	}
	made := false
	err = a.withEngine(ctx, func(engine protocol.Storage) error {
		_, missing := keys.List()
		if engine == nil || errors.Is(missing, store.ErrNoKeyFile) { // to seal an entry would make a key
			made = true
			return act()
		}
		return recorded(ctx, store.Sealed(engine, keys), what, with, act)
	})
	if err != nil || !made {
		return err
	}
	return a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return nil
		}
		_, err := recordedAfter(ctx, engine, keys, what, with)
		return err
	})
}

// recordedAfter records in an engine what was done without a record, when its keys
// are here: an entry under another key could be read by nobody.
func recordedAfter(ctx context.Context, engine protocol.Storage, keys *store.KeyRing, what string, with map[string]string) (done bool, err error) {
	list, err := keys.List()
	if errors.Is(err, store.ErrNoKeyFile) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	census, err := store.Count(ctx, engine)
	if err != nil {
		return false, err
	}
	for _, key := range list {
		delete(census.By, key.ID)
	}
	if len(census.By)+len(census.Unknown) > 0 {
		return false, nil
	}
	e := entry(what, with)
	e.When, e.Outcome = time.Now(), audit.Done
	return true, audit.Append(ctx, store.Sealed(engine, keys), e)
}

// entry is the beginning of an entry about a command.
func entry(what string, with map[string]string) audit.Entry {
	me := self(account())
	return audit.Entry{Who: me.Account, From: me.Origin, What: "liveapi " + what, With: with, ID: strings.ToLower(rand.Text()[:12])}
}

// recorded does what an administrator has asked this command for, between two
// entries of the audit record in data. with is what the entries say of it; no
// secret.
func recorded(ctx context.Context, data protocol.Storage, what string, with map[string]string, act func() error) error {
	var failure error
	began, err := audit.Do(ctx, data, time.Now, entry(what, with), func() string {
		if failure = act(); failure != nil {
			return "failed: " + failure.Error()
		}
		return audit.Done
	})
	switch {
	case !began:
		return fmt.Errorf("nothing was done, since what administrators do is recorded and that failed: %w", err)
	case err != nil:
		return errors.Join(failure, fmt.Errorf("it was done, but its end is not in the audit record: %w", err))
	}
	return failure
}

// moment is a time as people give it; the zero time for nothing.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since is %q: a date such as 2026-11-26, a time such as 2026-11-26T10:00:00Z and how long ago, such as 24h, are allowed", text)
}

// line is an entry as one line. What callers have chosen is quoted: it may hold
// anything.
func line(e audit.Entry) string {
	outcome := e.Outcome
	if outcome == "" {
		outcome = "begun"
	}
	parts := []string{e.When.Format(time.RFC3339), e.ID, e.Who, "(" + e.From + ")", e.What}
	for _, name := range slices.Sorted(maps.Keys(e.With)) {
		parts = append(parts, quoted(name)+"="+quoted(e.With[name]))
	}
	return strings.Join(parts, " ") + ": " + strings.ReplaceAll(outcome, "\n", " ") + "\n"
}

// quoted is a text as it is, or as a Go string when it would not read as one word.
func quoted(text string) string {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
