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
read and write. Then it verifies the file: it must not be damaged, and every record
must open with the keys. The file appears complete or not at all; a file that exists
is never overwritten.

The keys are not in it. Keep a copy of the key file in another place: without the
keys the backup cannot be read, and who has both can read every secret.`,
		Example: "  liveapi backup /var/backups/liveapi-$(date +%F).db",
		Args:    oneBackup,
		RunE:    administer(backup),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().Bool("no-keys", false, "do not check that the records open with the keys")
	return cmd
}

func restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace the store's records by those of a backup, while hosts run",
		Long: `Verifies a backup, as "liveapi backup" does. Then it replaces all records of the
store by those of the backup, in one atomic step for running hosts. Where there is
no store it makes one. A store that has records needs --replace.

Everything stored after the backup is lost. Codes and recovery codes that were used
after it can be used once more, and waits and locks that began after it are gone.`,
		Example: "  liveapi restore /var/backups/liveapi-2026-01-31.db\n  liveapi restore --replace /var/backups/liveapi-2026-01-31.db",
		Args:    oneBackup,
		RunE:    administer(restore),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().Bool("replace", false, "also when the store has records; they are lost")
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
		opened = "; not checked whether they open with the keys"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s%s\n", args[0], plural(records, "record"), opened)
	fmt.Fprintf(cmd.ErrOrStderr(), "The keys are not in the backup: keep a copy of %s in another place.\n", a.Key)
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

// warnAge writes the age of a backup and what its restore makes possible again.
func warnAge(out io.Writer, made, now time.Time) {
	age := "The backup does not say when it was made."
	if !made.IsZero() {
		age = fmt.Sprintf("The backup was made %s, %s ago.", made.Format(time.RFC3339), now.Sub(made).Round(time.Second))
	}
	fmt.Fprintf(out,
		"%s Codes and recovery codes that were used since then can be used once more,\nand waits and locks that began since then are "+
			"gone: check who has signed in since.\n", age)
}
