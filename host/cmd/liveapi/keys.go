package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"liveapi.host/host/app"
	"liveapi.host/host/caller/exit"
	"liveapi.host/host/caller/settings"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Show and change the keys that seal the stored records",
		Long: `Every stored record is sealed (encrypted) with a key of the key file. The newest
key, the last one in the file, seals new records; the others only open older ones.
A running host reads a changed key file before it stores the next record.

To replace a key: add a new key, rekey the records of the old key, retire the old
key. Hosts may run meanwhile.`,
		Example: "  liveapi keys list\n  liveapi keys add && liveapi keys rekey && liveapi keys retire 9f3a04c1",
	}
	add := keysSub("add", "Make a new key, which seals from now on", `Makes a new key, which seals every record that is stored from now on. When the
command returns, every host of this machine uses it.

With --standby the key does not seal yet. In a fleet, copy the key file to every
machine first and then promote the key: a machine without the key cannot open the
records that it seals.`, "  liveapi keys add\n  liveapi keys add --standby", noArguments, administer(addKey))
	add.Flags().Bool("standby", false, "do not seal with the key yet")
	cmd.AddCommand(
		keysSub("list", "List the keys, and how many records each has sealed", `Lists the keys of the key file: the id, whether the key seals new records, what
wraps it, and how many records it has sealed. The exit status is 1 when records are
sealed by a key that is not in the file; the ids of these keys are shown.`, "  liveapi keys list", noArguments, withApp(listKeys)),
		add,
		keysSub("promote ID", "Seal with another key of the file from now on", `Seals every record that is stored from now on with this key of the key file. When
the command returns, every host of this machine uses it.`, "  liveapi keys promote 12c0ffee", oneKey, administer(promoteKey)),
		keysSub("rekey", "Seal with the newest key all records that an older one has sealed", `Opens every record that an older key has sealed and seals it with the newest key,
while hosts run. It can be interrupted at any time: run it again to continue.

Records that do not open stay as they are. They are listed, and the exit status is 1.`,
			"  liveapi keys rekey", noArguments, administer(rekey)),
		keysSub("retire ID", "Remove a key that no record needs from the file", `Removes a key from the key file. It refuses to remove the key that seals new
records, and a key that has sealed a record that is still in the store.

Backups that were made before the rekey still need the key.`,
			"  liveapi keys retire 9f3a04c1", oneKey, administer(retireKey)),
	)
	return cmd
}

func keysSub(use, short, long, example string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: args, RunE: run,
		ValidArgsFunction: cobra.NoFileCompletions}
	settings.Flags(cmd.Flags())
	return cmd
}

func oneKey(_ *cobra.Command, args []string) error {
	return usageUnless(len(args) == 1, "name one key by its id; \"liveapi keys list\" shows them")
}

func listKeys(cmd *cobra.Command, a *app.App, _ []string) error {
	known, err := a.ListKeys(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if known.None != nil {
		fmt.Fprintln(out, known.None)
	}
	if len(known.All) > 0 {
		fmt.Fprintf(out, "%s: %s, %s\n", a.Key, plural(len(known.All), "key"), plural(known.Census.Records, "record"))
	}
	for _, key := range known.All {
		role, wrapped := "opens", "not wrapped"
		if key.Seals {
			role = "seals"
		}
		if key.Wrapped {
			wrapped = "wrapped by a KMS that is not configured"
			if len(a.KMS.Command) > 0 {
				wrapped = "wrapped by " + a.KMS.Command[0]
			}
		}
		fmt.Fprintf(out, "  %s  %s  %9s  %s\n", key.ID, role, plural(known.Census.By[key.ID], "record"), wrapped)
		delete(known.Census.By, key.ID)
	}
	return strangers(cmd, known)
}

// strangers lists the records that no key of the file has sealed.
func strangers(cmd *cobra.Command, known *app.Keys) error {
	var missing []string
	for id, n := range known.Census.By {
		missing = append(missing,
			fmt.Sprintf("%s sealed by the key %s, which is not in the key file: add it from a copy of the file", plural(n, "record"), id))
	}
	slices.Sort(missing)
	for _, key := range known.Census.Unknown {
		missing = append(missing, fmt.Sprintf("record %q is sealed in an unknown format", key))
	}
	for _, text := range missing {
		fmt.Fprintln(cmd.ErrOrStderr(), text)
	}
	if len(missing) > 0 {
		return exit.Error{Status: exit.Failed}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func addKey(cmd *cobra.Command, a *app.App, _ []string) error {
	standby, _ := cmd.Flags().GetBool("standby")
	id, err := a.AddKey(cmd.Context(), standby)
	if err != nil {
		return err
	}
	text := "seals from now on; keep a copy of the key file, and run \"liveapi keys rekey\" for the older records"
	if standby {
		text = fmt.Sprintf("does not seal yet; when every machine has the file: liveapi keys promote %s", id)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", id, text)
	return err
}

func promoteKey(cmd *cobra.Command, a *app.App, args []string) error {
	if err := a.PromoteKey(cmd.Context(), args[0]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s seals from now on; run \"liveapi keys rekey\" for the older records\n", args[0])
	return err
}

func retireKey(cmd *cobra.Command, a *app.App, args []string) error {
	if err := a.RetireKey(cmd.Context(), args[0]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is no longer in the key file; older backups still need a copy of it\n", args[0])
	return err
}
