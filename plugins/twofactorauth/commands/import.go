package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"liveapi.host/plugins/twofactorauth/migrate"
	"liveapi.host/sdk/caller"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take over the secrets of people's authenticators from another system",
		Long: `Takes over the secrets of time-based codes from another system, so that people's
authenticators go on working. For root.

Without --apply nothing is changed: the command lists for each account what would be
done. Without --replace a secret that is configured already is kept. The exit status
is 1 when an account was refused.`,
	}
	add := func(sub *cobra.Command) {
		sub.Flags().Bool("apply", false, "store the secrets; without it this is a dry run")
		sub.Flags().Bool("replace", false, "replace a secret that is configured already")
		cmd.AddCommand(sub)
	}
	add(&cobra.Command{
		Use:   "json FILE",
		Short: "Read one JSON object of accounts and their secrets",
		Long: `Reads one JSON object: {"ann": "BASE32SECRET", …} or {"ann": {"secret": "BASE32SECRET"}, …},
as panels keep it. The file - is standard input.`,
		Example: "  liveapi import json accounts.json\n  liveapi import json --apply accounts.json",
		Args:    count(1, 1, "name the file of accounts and secrets, or - for standard input"),
		RunE:    importJSON,
	})
	add(&cobra.Command{
		Use:   "google-authenticator ACCOUNT ...",
		Short: "Read the files of Google's PAM module in home folders",
		Long: `Reads the file ` + migrate.AuthenticatorFile + ` in the home folder of each account. Its
emergency codes are not imported.`,
		Example: "  liveapi import google-authenticator ann bob\n  liveapi import google-authenticator --apply $(ls /home)",
		Args:    count(1, -1, "name the accounts whose home folders have the file"),
		RunE:    importAuthenticator,
	})
	return cmd
}

// count demands least to most arguments; most -1 means no upper bound.
func count(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return misuse{errors.New(what)}
	}
}

func importJSON(cmd *cobra.Command, args []string) error {
	in := cmd.InOrStdin()
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	entries, err := migrate.ReadJSON(in)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return importEntries(cmd, entries)
}

func importAuthenticator(cmd *cobra.Command, accounts []string) error {
	var entries []migrate.Entry
	for _, account := range accounts {
		e, err := readHome(account)
		if err != nil {
			e = migrate.Entry{Account: account, Wrong: err.Error()}
		}
		entries = append(entries, e)
	}
	return importEntries(cmd, entries)
}

// readHome reads the file in an account's home folder.
func readHome(account string) (migrate.Entry, error) {
	u, uid, err := systemUser(account)
	if err != nil {
		return migrate.Entry{}, err
	}
	f, err := migrate.OpenPrivate(filepath.Join(u.HomeDir, migrate.AuthenticatorFile), uid)
	if err != nil {
		return migrate.Entry{}, err
	}
	defer f.Close()
	return migrate.ReadAuthenticator(account, f)
}

func systemUser(account string) (*user.User, int, error) {
	u, err := user.Lookup(account)
	if err != nil {
		return nil, 0, errors.New("the user database does not know the account")
	}
	uid, err := strconv.Atoi(u.Uid)
	return u, uid, err
}

// importEntries sends every valid secret to the module, and prints one line for each
// account.
func importEntries(cmd *cobra.Command, entries []migrate.Entry) error {
	apply, _ := cmd.Flags().GetBool("apply")
	replace, _ := cmd.Flags().GetBool("replace")
	out, taken, refused := cmd.OutOrStdout(), 0, 0
	width := 0
	for _, e := range entries {
		width = max(width, len(quoted(e.Account)))
	}
	err := session(func(host *caller.Session) error {
		for _, e := range entries {
			outcome, err := e.Wrong, error(nil)
			if outcome == "" {
				outcome, err = importOne(host, e, apply, replace)
			}
			if err != nil {
				return err
			}
			switch verdict := outcome; {
			case verdict == "":
				taken++
				outcome = "would be imported"
				if apply {
					outcome = "imported"
				}
			default:
				refused++
				outcome = "refused: " + verdict
			}
			for _, lost := range e.Lost {
				outcome += " (not imported: " + lost + ")"
			}
			fmt.Fprintf(out, "%-*s  %-8s  %s\n", width, quoted(e.Account), e.Place, outcome)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if apply {
		fmt.Fprintf(out, "\n%d imported, %d refused.\n", taken, refused)
	} else {
		fmt.Fprintf(out,
			"\n%d would be imported, %d refused. This was a dry run: nothing was changed. Repeat it with --apply to store the secrets.\n",
			taken, refused)
	}
	if refused > 0 {
		return errRefused
	}
	return nil
}

// importOne returns why an account was refused, "" when it was not. An error means
// that there was no response.
func importOne(host *caller.Session, e migrate.Entry, apply, replace bool) (refusal string, err error) {
	args, err := json.Marshal(map[string]any{"user": e.Account, "secret": string(e.Secret), "dry_run": !apply, "replace": replace})
	if err != nil {
		return "", err
	}
	answer, err := ask(host, caller.Request{Function: "twofactorauth_import_tfa_config", API: caller.WHM1, Args: args})
	if err != nil || answer.OK {
		return "", err
	}
	return strings.Join(answer.Errors, " "), nil
}
