package twofactorauth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"liveapi.host/sdk"
)

// administration returns the functions of WHM API 1 (U §7), for root.
func (m *module) administration() []sdk.Function {
	return []sdk.Function{
		sdk.WHM1("twofactorauth_policy_status", "Returns whether two-factor authentication may be used on this machine or fleet.",
			m.policyStatus).ReadOnly(),
		sdk.WHM1("twofactorauth_enable_policy", "Lets accounts use two-factor authentication. This is the default.", m.setPolicy(false)),
		sdk.WHM1("twofactorauth_disable_policy", `Turns two-factor authentication off for every account.
Configurations are kept and are used again once it is turned on. Until then nothing
can be configured, and accounts count as not configured.`, m.setPolicy(true)),
		sdk.WHM1("twofactorauth_get_issuer", "Returns the issuer, which authenticator apps show with an account.", m.getIssuer).ReadOnly(),
		sdk.WHM1("twofactorauth_set_issuer", `Sets the issuer, which authenticator apps show with an account, for new secrets.
Without the parameter issuer, the issuer of the module's configuration is used again.`, m.setIssuer),
		sdk.WHM1("twofactorauth_generate_tfa_config", "Makes a new secret for root's own account, but does not configure it.",
			m.generateRoot),
		sdk.WHM1("twofactorauth_set_tfa_config", "Turns two-factor authentication on for root's own account, or replaces its secret.",
			m.setRoot),
		sdk.WHM1("twofactorauth_get_user_configs",
			"Returns whether two-factor authentication is on, for one account or for all that ever configured it.",
			m.userConfigs).ReadOnly(),
		sdk.WHM1("twofactorauth_remove_user_config", `Turns two-factor authentication off for accounts and deletes their secrets and recovery codes.
It also ends a lock after too many wrong codes. Codes that were accepted stay used.`, m.removeUsers),
		sdk.WHM1("twofactorauth_get_tfa_config_for_user", "Returns the configuration of an account, and whether it is locked.",
			m.userConfig).ReadOnly(),
		sdk.WHM1("twofactorauth_set_tfa_config_for_user", `Turns two-factor authentication on for an account, or replaces its secret.
The code proves that the user's device has the secret. This does not unlock a locked
account.`, m.setUser),
		sdk.WHM1("twofactorauth_unlock_user",
			`Unlocks an account: its security codes are checked again after too many wrong ones.`+ours+`It also repairs a record from a wrong clock, whose last accepted code is in the future.`, m.unlock),
		sdk.WHM1("twofactorauth_import_tfa_config",
			`Takes over the secret of an authenticator from another system.`+ours+`An existing configuration is kept unless replace is 1, which also deletes its recovery codes.`, m.importUser),
		sdk.WHM1("twofactorauth_export_tfa_config", `Returns the secret of an account, for another system.`+ours, m.exportUser),
	}
}

type policy struct {
	Enabled bool `json:"is_enabled" doc:"1: accounts may use two-factor authentication."`
}

func (m *module) policyStatus(ctx context.Context, call *sdk.Call, _ sdk.None) (policy, error) {
	set, err := m.settings(ctx, call)
	return policy{!set.PolicyOff}, err
}

func (m *module) setPolicy(off bool) func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) {
	return func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
		return sdk.None{}, changeSettings(ctx, call, func(s *settings) { s.PolicyOff = off })
	}
}

type issuerData struct {
	Issuer string `json:"issuer" doc:"What authenticator apps show with the account."`
}

func (m *module) getIssuer(ctx context.Context, call *sdk.Call, _ sdk.None) (issuerData, error) {
	set, err := m.settings(ctx, call)
	return issuerData{set.Issuer}, err
}

type issuerIn struct {
	Issuer string `json:"issuer" doc:"1 to 255 bytes of UTF-8 without a colon and control characters."`
}

type success struct {
	Success bool `json:"success" doc:"1: it is done."`
}

// succeed returns success when there is no error.
func succeed(err error) (success, error) { return success{err == nil}, err }

func (m *module) setIssuer(ctx context.Context, call *sdk.Call, in issuerIn) (success, error) {
	if in.Issuer != "" {
		if err := checkLabel(in.Issuer); err != nil {
			return success{}, sdk.BadParam("issuer", "cannot stand in an otpauth URI: "+err.Error(),
				"1 to 255 bytes of UTF-8 without a colon and control characters are allowed")
		}
	}
	return succeed(changeSettings(ctx, call, func(s *settings) { s.Issuer = in.Issuer }))
}

func (m *module) generateRoot(ctx context.Context, call *sdk.Call, _ sdk.None) (generated, error) {
	set, err := m.permitted(ctx, call)
	if err != nil {
		return generated{}, err
	}
	return m.issue(ctx, call, set.Issuer, "")
}

type setConfigIn struct {
	Secret sdk.Secret `json:"secret" required:"true" doc:"The secret, in base32: 16 characters or more."`
	Token  sdk.Secret `json:"tfa_token" required:"true" doc:"The six-digit code that the device shows now."`
}

func (m *module) setRoot(ctx context.Context, call *sdk.Call, in setConfigIn) (success, error) {
	at, err := own(call, "")
	if err != nil {
		return success{}, err
	}
	return m.setAt(ctx, call, at, in.Secret, in.Token)
}

// setAt enrols for root, who has to prove only that the device has the secret.
func (m *module) setAt(ctx context.Context, call *sdk.Call, at place, secret, token sdk.Secret) (success, error) {
	normal, err := secretParam(secret)
	if err != nil {
		return success{}, err
	}
	if _, err := m.permitted(ctx, call); err != nil {
		return success{}, err
	}
	root := *m
	rules := *m.rules
	rules.tokenToChange, rules.requirePending = false, false
	root.rules = &rules
	return succeed(root.enrolAt(ctx, call, at, "", enrolment{secret: normal, code: newCandidate(token)}))
}

type userIn struct {
	User string `json:"user" required:"true" doc:"The account."`
}

// placeOfUser returns the place of the record of an account or of its team user.
// Without a record the host has to know the account: otherwise the name is misspelt.
// With a record it need not, so that root can unlock an account that is missing from
// the user database or whose file is broken.
func placeOfUser(ctx context.Context, call *sdk.Call, name, team string) (place, error) {
	none := sdk.Errorf(sdk.Failed, "There is no account “%s”.", name)
	if strings.Contains(name, "/") { // the key would be one of another account
		return place{}, none
	}
	at, err := placeOf(call.Whole(), name+"/", team)
	if err != nil {
		return place{}, err
	}
	switch _, err := at.storage.Get(ctx, at.key); {
	case err == nil:
		return at, nil
	case errors.Is(err, &sdk.Error{Code: sdk.Invalid}): // not a valid name of an account
		return place{}, none
	case !errors.Is(err, sdk.ErrNotFound):
		return place{}, errUnreadable(err)
	}
	if _, err := call.AccountInfoOf(ctx, name); errors.Is(err, sdk.ErrNotFound) {
		return place{}, none
	} else if err != nil {
		return place{}, err
	}
	return at, nil
}

type setUserIn struct {
	User   string     `json:"user" required:"true" doc:"The account."`
	Team   string     `json:"team_user" doc:"A team user of the account, whose configuration it is. An extension of this project."`
	Secret sdk.Secret `json:"secret" required:"true" doc:"The secret, in base32: 16 characters or more."`
	Token  sdk.Secret `json:"tfa_token" required:"true" doc:"The six-digit code that the device shows now."`
}

func (m *module) setUser(ctx context.Context, call *sdk.Call, in setUserIn) (success, error) {
	at, err := placeOfUser(ctx, call, in.User, in.Team)
	if err != nil {
		return success{}, err
	}
	return m.setAt(ctx, call, at, in.Secret, in.Token)
}

type configOut struct {
	Enabled  bool   `json:"is_enabled" doc:"1 when two-factor authentication is configured."`
	Failures int64  `json:"failures" doc:"Wrong codes in a row. An extension of this project."`
	Issuer   string `json:"issuer" doc:"What authenticator apps show with the account."`
	Locked   bool   `json:"locked" doc:"1: after too many wrong codes only a recovery code is accepted. An extension of this project."`
	Recovery int    `json:"recovery_codes_left" doc:"Recovery codes that are left. An extension of this project."`
	Retry    int64  `json:"retry_after" doc:"Seconds until the next code is checked; 0: now. An extension of this project."`
}

func (m *module) userConfig(ctx context.Context, call *sdk.Call, in userIn) (configOut, error) {
	at, err := placeOfUser(ctx, call, in.User, "")
	if err != nil {
		return configOut{}, err
	}
	set, err := m.settings(ctx, call)
	if err != nil {
		return configOut{}, err
	}
	r, err := load(ctx, at)
	return configOut{
		Enabled: r.enabled(), Failures: r.fails, Issuer: set.Issuer, Locked: m.rules.locked(r),
		Recovery: len(r.recovery.macs), Retry: m.rules.wait(r, call.Now().Unix()),
	}, err
}

type userConfig struct {
	Domain  string `json:"primary_domain" doc:"The account's main domain; an empty text when it has none or it cannot be known."`
	Enabled bool   `json:"is_enabled" doc:"1 when two-factor authentication is configured."`
}

type userConfigsIn struct {
	User string `json:"user" doc:"The account. Default: every account that has a record."`
}

func (m *module) userConfigs(ctx context.Context, call *sdk.Call, in userConfigsIn) (map[string]userConfig, error) {
	found := make(map[string]userConfig)
	add := func(name string, r record) {
		c := userConfig{Enabled: r.enabled()}
		if a, err := call.AccountInfoOf(ctx, name); err == nil {
			if domain, ok := a.MainDomain(); ok {
				c.Domain = domain.Name
			}
		}
		found[name] = c
	}
	if in.User != "" {
		at, err := placeOfUser(ctx, call, in.User, "")
		if err != nil {
			return nil, err
		}
		r, err := load(ctx, at)
		if err != nil {
			return nil, err
		}
		add(in.User, r)
		return found, nil
	}
	return found, eachRecord(ctx, call, func(name string, r record, err error) {
		if err != nil {
			call.Warn("The record of “%s” cannot be read; the log says why.", name)
			call.Log().Error("a record cannot be read", "account", name, "error", err)
			return
		}
		add(name, r)
	})
}

// eachRecord calls do for the record of every account that has one.
func eachRecord(ctx context.Context, call *sdk.Call, do func(account string, r record, err error)) error {
	const page = 200
	for after := ""; ; {
		list, err := call.Whole().List(ctx, "", after, page)
		if err != nil {
			return &sdk.Error{Code: sdk.Unavailable, Text: "The stored configurations cannot be read now. Try again later.", Err: err}
		}
		for _, rec := range list {
			after = rec.Key
			if name, key, _ := strings.Cut(rec.Key, "/"); name != "" && key == accountKey {
				r, err := decodeRecord(rec.Value)
				do(name, r, err)
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

type usersIn struct {
	Users []string `json:"user" required:"true" doc:"The accounts."`
	Team  string   `json:"team_user" doc:"Only the configuration of this team user of each account. An extension of this project."`
}

type usersOut struct {
	Failed   map[string]string `json:"failed" doc:"The accounts that were not changed, and why."`
	Modified []string          `json:"users_modified" doc:"The accounts whose configuration was removed."`
}

func (m *module) removeUsers(ctx context.Context, call *sdk.Call, in usersIn) (*usersOut, error) {
	out := &usersOut{Failed: map[string]string{}, Modified: []string{}}
	for _, name := range in.Users {
		err := removeUser(ctx, call, name, in.Team)
		if err == nil {
			out.Modified = append(out.Modified, name)
			continue
		}
		coded, ok := errors.AsType[*sdk.Error](err)
		if !ok {
			coded = sdk.Errorf(sdk.Internal, "An error occurred; the log says which.")
		}
		if coded.Err != nil || !ok {
			call.Log().Error("a configuration could not be removed", "account", name, "error", err)
		}
		out.Failed[name] = coded.Text
	}
	if len(out.Modified) == 0 {
		return out, sdk.Errorf(sdk.Failed, "Nothing was removed: %s", reasons(in.Users, out.Failed))
	}
	return out, nil
}

func reasons(users []string, failed map[string]string) string {
	var list []string
	for _, name := range users[:min(len(users), 5)] {
		list = append(list, fmt.Sprintf("%s: %s", name, failed[name]))
	}
	return strings.Join(list, " ")
}

func removeUser(ctx context.Context, call *sdk.Call, name, team string) error {
	at, err := placeOf(call.Whole(), name+"/", team)
	if err != nil {
		return err
	}
	removed := false
	err = change(ctx, at, func(r record, _ bool) (record, bool, error) {
		removed = r.enabled()
		return record{lastStep: r.lastStep}, removed, nil
	})
	if err == nil && !removed {
		return sdk.Errorf(sdk.Failed, "Two-factor authentication is not configured.")
	}
	return err
}

type unlockIn struct {
	User string `json:"user" required:"true" doc:"The account."`
	Team string `json:"team_user" doc:"A team user of the account, who is locked."`
}

func (m *module) unlock(ctx context.Context, call *sdk.Call, in unlockIn) (success, error) {
	at, err := placeOfUser(ctx, call, in.User, in.Team)
	if err != nil {
		return success{}, err
	}
	present := call.Now().Unix() / period
	return succeed(change(ctx, at, func(r record, there bool) (record, bool, error) {
		r.fails, r.notBefore = 0, 0
		// Codes of future steps can only have been accepted with a wrong clock, so
		// they do not count as used.
		r.lastStep = min(r.lastStep, present+m.rules.window)
		return r, there, nil
	}))
}

type importIn struct {
	User    string     `json:"user" required:"true" doc:"The account."`
	Secret  sdk.Secret `json:"secret" required:"true" doc:"The secret, in base32: 16 characters or more."`
	Replace bool       `json:"replace" doc:"1: replace what is configured."`
	DryRun  bool       `json:"dry_run" doc:"1: change nothing, and say whether it would succeed."`
}

func (m *module) importUser(ctx context.Context, call *sdk.Call, in importIn) (success, error) {
	secret, err := secretParam(in.Secret)
	if err != nil {
		return success{}, err
	}
	at, err := placeOfUser(ctx, call, in.User, "")
	if err != nil {
		return success{}, err
	}
	return succeed(change(ctx, at, func(r record, _ bool) (record, bool, error) {
		switch {
		case r.enabled() && r.secret.Reveal() == secret.Reveal(): // again, after an import that was cut off
			return r, false, nil
		case r.enabled() && !in.Replace:
			return r, false, sdk.Errorf(sdk.Failed, "Two-factor authentication is configured for the account already, with another secret.")
		}
		return record{secret: secret, lastStep: r.lastStep, fails: r.fails, notBefore: r.notBefore}, !in.DryRun, nil
	}))
}

type exported struct {
	Secret string `json:"secret" secret:"true" doc:"The secret, in base32."`
}

func (m *module) exportUser(ctx context.Context, call *sdk.Call, in userIn) (exported, error) {
	at, err := placeOfUser(ctx, call, in.User, "")
	if err != nil {
		return exported{}, err
	}
	r, err := load(ctx, at)
	if err == nil && !r.enabled() {
		err = sdk.Errorf(sdk.Failed, "Two-factor authentication is not configured.")
	}
	return exported{r.secret.Reveal()}, err
}
