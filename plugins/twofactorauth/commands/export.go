package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"liveapi.host/plugins/twofactorauth/migrate"
	"liveapi.host/sdk/caller"
)

func exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Give an account's secret to another system",
		Long: "Gives the secret of an account's authenticator to another system, so that the authenticator\ngoes on working there. For " +
			"root. Each export is recorded in the audit log.",
	}
	sub := &cobra.Command{
		Use:   "google-authenticator ACCOUNT [FILE]",
		Short: "Write the file of Google's PAM module",
		Long: `Writes the file of Google's PAM module: ` + migrate.AuthenticatorFile + ` in the account's
home folder, or FILE. The file belongs to the account, and no one else can read it.
A file that exists already is not replaced.

Recovery codes cannot be exported: only their hashes are kept.`,
		Example: "  liveapi export google-authenticator ann",
		Args:    count(1, 2, "name one account, and the file if it does not go into the home folder"),
		RunE:    exportAuthenticator,
	}
	cmd.AddCommand(sub)
	return cmd
}

func exportAuthenticator(cmd *cobra.Command, args []string) error {
	u, uid, err := systemUser(args[0])
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	path := filepath.Join(u.HomeDir, migrate.AuthenticatorFile)
	if len(args) == 2 {
		path = args[1]
	}
	return session(func(host *caller.Session) error {
		request, err := json.Marshal(map[string]string{"user": args[0]})
		if err != nil {
			return err
		}
		// Before the call, so that no secret is fetched when the file cannot be made.
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
		if err != nil {
			return err
		}
		err = export(host, request, f)
		err = errors.Join(err, f.Chown(uid, gid), f.Sync(), f.Close())
		if err != nil {
			return errors.Join(err, os.Remove(path))
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: the secret of %s\n", path, args[0])
		return nil
	})
}

func export(host *caller.Session, request json.RawMessage, to io.Writer) error {
	answer, err := ask(host, caller.Request{Function: "twofactorauth_export_tfa_config", API: caller.WHM1, Args: request})
	if err != nil {
		return err
	}
	if err := answer.Err(); err != nil {
		return err
	}
	var data struct {
		Secret migrate.Secret `json:"secret"`
	}
	if json.Unmarshal(answer.Data, &data) != nil { // its error may quote the secret
		return errors.New("the module's response does not have the expected form")
	}
	return migrate.WriteAuthenticator(to, data.Secret)
}
