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
		Long: `Every stored record is sealed with a key of the key file. The newest key, the last
one in the file, seals; the others open what they sealed. A running host sees a
changed file with the next record that it stores.

To replace a key: add a new one, rekey what the old one sealed, retire the old one.
All of it while hosts run.`,
		Example: "  liveapi keys list\n  liveapi keys add && liveapi keys rekey && liveapi keys retire 9f3a04c1",
	}
	add := keysSub("add", "Make a new key, which seals from now on", `Makes a new key, which seals every record that is stored from now on. When it
returns, no host of this machine seals with another one any more.

With --standby the key only opens. So the file can be brought to every machine of
a fleet first, and the key be promoted then: a machine that does not have the key
cannot open what it seals.`, "  liveapi keys add\n  liveapi keys add --standby", cobra.NoArgs, administer(addKey))
	add.Flags().Bool("standby", false, "do not seal with it yet")
	cmd.AddCommand(
		keysSub("list", "List the keys, and how many records each has sealed", `Lists the keys of the key file by their ids, which one seals, what they are wrapped
by, and how many records each has sealed. The exit status is 1 when there are
records that no key of the file has sealed; their keys are shown.`, "  liveapi keys list", cobra.NoArgs, withApp(listKeys)),
		add,
		keysSub("promote ID", "Have a key of the file seal from now on", `Has a key of the key file seal every record that is stored from now on. When it
returns, no host of this machine seals with another one any more.`, "  liveapi keys promote 12c0ffee", oneKey, administer(promoteKey)),
		keysSub("rekey", "Seal every record anew that the newest key has not sealed", `Seals every record anew that another key than the newest has sealed, while hosts
run. It can be broken off at any point: the next one goes on with what is left.

Records that do not open stay as they are and are shown, and the exit status is 1.`,
			"  liveapi keys rekey",
			cobra.NoArgs,
			administer(rekey),
		),
		keysSub(
			"retire ID",
			"Take a key out of the file that seals nothing any more",
			`Takes a key out of the key file. It is refused for the key that seals, and while a
record of the store is still sealed by it.

Backups that were made before the records were sealed anew still need the key.`, "  liveapi keys retire 9f3a04c1", oneKey, administer(retireKey)),
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

// strangers shows the records that no key of the file has sealed.
func strangers(cmd *cobra.Command, known *app.Keys) error {
	var missing []string
	for id, n := range known.Census.By {
		missing = append(missing, fmt.Sprintf("%s sealed by the key %s, which is not in the key file: add it from a copy of the file", plural(n, "record"), id))
	}
	slices.Sort(missing)
	for _, key := range known.Census.Unknown {
		missing = append(missing, fmt.Sprintf("record %q is not sealed in a way that is known", key))
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
	text := "seals from now on; keep a copy of the key file, and seal the older records anew with \"liveapi keys rekey\""
	if standby {
		text = fmt.Sprintf("stands by; when every machine has the file: liveapi keys promote %s", id)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", id, text)
	return err
}

func promoteKey(cmd *cobra.Command, a *app.App, args []string) error {
	if err := a.PromoteKey(cmd.Context(), args[0]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s seals from now on; seal the older records anew with \"liveapi keys rekey\"\n", args[0])
	return err
}

func retireKey(cmd *cobra.Command, a *app.App, args []string) error {
	if err := a.RetireKey(cmd.Context(), args[0]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is no longer in the key file; backups that it sealed need a copy of it\n", args[0])
	return err
}
