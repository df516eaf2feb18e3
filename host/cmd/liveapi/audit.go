package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what administrators did: when, who, from where, what",
		Long: `Shows what administrators did, oldest first: calls of WHM API 1 that change
something, and commands that change the database or the keys. The record is in the
database; no command and no module can change it.

Each action has two entries, one when it begins and one when it ends. An action
without an end was interrupted: it is not known what it changed.`,
		Example: "  liveapi audit --since 24h\n  liveapi audit --since 2026-11-01 --json",
		Args:    noArguments,
		RunE:    withApp(showAudit),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("since", "", "only entries since then: a date, a time (RFC 3339), or how long ago, such as 24h")
	cmd.Flags().Bool("json", false, "print one JSON object on each line")
	return cmd
}

func showAudit(cmd *cobra.Command, a *app.App, _ []string) error {
	given, _ := cmd.Flags().GetString("since")
	since, err := moment(given, time.Now())
	if err != nil {
		return exit.Misuse(err)
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	unread := 0
	err = a.AuditRecord(cmd.Context(), since, func(e app.AuditEntry, err error) error {
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
	if err == nil && unread > 0 {
		err = exit.Error{Status: exit.Failed}
	}
	return err
}

// moment returns the time that a user gave as text; the zero time for "".
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
	return time.Time{}, fmt.Errorf("--since is %q: a date such as 2026-11-26, a time such as 2026-11-26T10:00:00Z and how long ago, such "+
		"as 24h, are allowed", text)
}

// line returns an entry as one line. Names and values of callers are quoted, because
// they may contain anything.
func line(e app.AuditEntry) string {
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

// quoted returns a text as it is, or as a Go string when it would not read as one word.
func quoted(text string) string {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
