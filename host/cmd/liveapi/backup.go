package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/settings"
)

func backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a verified copy of the store to a new file, while hosts run",
		Long: `Writes the store as it is at one moment to a new file of mode 0600, while hosts
read and write, and verifies it: that it is sound, and that every record opens
with the keys. The file appears complete or not at all; one that is there is never
overwritten.

The keys are not in it. Keep a copy of the key file elsewhere: without it the
backup is worth nothing, and beside it the backup protects nothing.`,
		Example: "  liveapi backup /var/backups/liveapi-$(date +%F).db",
		Args:    oneBackup,
		RunE:    administer(backup),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().Bool("no-keys", false, "do not look whether the records open with the keys")
	return cmd
}

func restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace the store's records by those of a backup, while hosts run",
		Long: `Verifies a backup, as "liveapi backup" does, and then replaces every record of the
store by the backup's, in one step: hosts that run see all of it or nothing. Where
there is no store it makes one. A store that has records needs --replace.

What was stored since the backup is lost. Codes and recovery codes that were used
since then can be used once more, and throttles that began since are gone.`,
		Example: "  liveapi restore /var/backups/liveapi-2026-01-31.db\n  liveapi restore --replace /var/backups/liveapi-2026-01-31.db",
		Args:    oneBackup,
		RunE:    administer(restore),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().Bool("replace", false, "also when the store has records, which are lost")
	return cmd
}

func oneBackup(_ *cobra.Command, args []string) error {
	return usageUnless(len(args) == 1, "name the backup's file")
}

func backup(cmd *cobra.Command, a *app.App, args []string) error {
	noKeys, _ := cmd.Flags().GetBool("no-keys")
	records, err := a.Backup(cmd.Context(), args[0], noKeys)
	if err != nil {
		return err
	}
	opened := ", and all of them open with the keys"
	if noKeys {
		opened = "; whether they open was not looked at"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s%s\n", args[0], plural(records, "record"), opened)
	fmt.Fprintf(cmd.ErrOrStderr(), "The keys are not in the backup: keep a copy of %s, apart from it.\n", a.Key)
	return nil
}

func restore(cmd *cobra.Command, a *app.App, args []string) error {
	replace, _ := cmd.Flags().GetBool("replace")
	path, restored, err := a.Restore(cmd.Context(), args[0], replace)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s restored, %d replaced", plural(restored.Records, "record"), restored.Replaced)
	if restored.New {
		text = fmt.Sprintf("%s restored, in a new store", plural(restored.Records, "record"))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", path, text)
	warnAge(cmd.ErrOrStderr(), restored.Made, time.Now())
	return nil
}

// warnAge says what comes back with a backup that was made then.
func warnAge(out io.Writer, made, now time.Time) {
	age := "It does not say when the backup was made."
	if !made.IsZero() {
		age = fmt.Sprintf("The backup was made %s, %s ago.", made.Format(time.RFC3339), now.Sub(made).Round(time.Second))
	}
	fmt.Fprintf(out, "%s Codes and recovery codes that were used since then can be used once more,\nand throttles that began since are gone: look at who has signed in meanwhile.\n", age)
}
