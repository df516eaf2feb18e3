package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
)

func rekey(cmd *cobra.Command, a *app.App, _ []string) error {
	m := newMeter(cmd.ErrOrStderr())
	report, err := a.Rekey(cmd.Context(), func(records int) { m.total = records }, m.show)
	m.end()
	if report == nil && err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "there is no store yet, so there is nothing to do")
	}
	if report == nil {
		return err
	}
	for _, record := range report.Failed {
		fmt.Fprintf(cmd.ErrOrStderr(), "not resealed: %v\n", record)
	}
	summary := fmt.Sprintf("%s checked, %d resealed, %d failed", plural(report.Records, "record"), report.Sealed, len(report.Failed))
	if err != nil {
		return fmt.Errorf("interrupted (%s); run it again to continue: %w", summary, err)
	}
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), summary); err != nil {
		return err
	}
	if len(report.Failed) > 0 {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}

// meter shows progress: on a terminal in one line that changes, else in one line for
// each tenth.
type meter struct {
	out      io.Writer
	terminal bool
	total    int
	shown    int // percent
}

func newMeter(out io.Writer) *meter {
	f, ok := out.(*os.File)
	return &meter{out: out, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (m *meter) show(done int) {
	percent := 100
	if done < m.total { // hosts may have stored more meanwhile
		percent = done * 100 / m.total
	}
	switch {
	case percent == m.shown:
	case m.terminal:
		fmt.Fprintf(m.out, "\r%3d%%  %d of %d records", percent, done, max(done, m.total))
		m.shown = percent
	case percent/10 != m.shown/10:
		fmt.Fprintf(m.out, "%d of %d records\n", done, max(done, m.total))
		m.shown = percent
	}
}

// end ends the line of the terminal.
func (m *meter) end() {
	if m.terminal && m.shown > 0 {
		fmt.Fprintln(m.out)
	}
}
