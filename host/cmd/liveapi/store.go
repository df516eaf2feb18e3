package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/settings"
)

func storeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "Copy all records to another store"}
	cmd.AddCommand(storeCopyCommand())
	return cmd
}

func storeCopyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "copy --from STORE --to STORE",
		Short: "Copy every record to another store, and compare them",
		Long: `Copies every record from one store to another. A store is the path of a database
file or an address of etcd. First stop every host that uses one of the two: when a
record changes during the copy, the copy ends with an error.

Records are copied as they are, sealed by the key in liveapi.key. The key file is
not copied: every host that uses the new store needs the key file of the old one.

Then both stores are read again and every record is compared. To continue a copy
that was interrupted, give --resume: it writes only the missing records.`,
		Example: `  liveapi store copy --from /var/lib/liveapi/liveapi.db --to etcds://etcd1,etcd2,etcd3?ca=/etc/liveapi/ca.pem
  liveapi store copy --from etcd://127.0.0.1 --to copy.db`,
		Args: noArguments,
		RunE: withApp(storeCopy),
	}
	settings.Flags(cmd.Flags())
	cmd.Flags().String("from", "", "the store that has the records")
	cmd.Flags().String("to", "", "the store to copy to; a database file is made when it does not exist")
	cmd.Flags().Bool("resume", false, "continue a copy that was interrupted: the destination may have some of the records")
	cmd.Flags().Bool("replace", false, "as --resume, and replace records of the destination that differ")
	return cmd
}

func storeCopy(cmd *cobra.Command, a *app.App, _ []string) error {
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	how := app.Copying{Progress: progress(cmd.ErrOrStderr(), time.Now)}
	how.Resume, _ = cmd.Flags().GetBool("resume")
	how.Replace, _ = cmd.Flags().GetBool("replace")
	done, err := a.CopyStore(cmd.Context(), from, to, how)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), `records: %d (written now: %d), sealed values: %d bytes
Both stores were read again, and every record is the same.
The values are still sealed with the same keys: each host of the new store needs the key file of the old one
(liveapi.key in its state folder).
`, done.Records, done.Written, done.Bytes)
	if !done.Recorded {
		fmt.Fprintf(cmd.ErrOrStderr(), "The copy is not in the audit record, because %s does not have the records' keys: use --key.\n",
			a.Key)
	}
	return nil
}

// progress returns a function that writes how far a copy is, at most once a second.
func progress(w io.Writer, now func() time.Time) func(records int) {
	last := now()
	return func(records int) {
		if t := now(); t.Sub(last) >= time.Second {
			last = t
			fmt.Fprintf(w, "%d records checked\n", records)
		}
	}
}
