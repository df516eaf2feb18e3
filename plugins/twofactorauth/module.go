package twofactorauth

import (
	"context"

	"liveapi.host/sdk"
)

// ours is in the doc of every function that UAPI does not have.
const ours = "\nNot part of UAPI: an extension of this project.\n"

// New returns the module TwoFactorAuth. Its Check reports what is wrong with c.
func New(c Config) *sdk.Module {
	c.complete()
	return newModule(c, c.rules())
}

func newModule(c Config, rules *rules) *sdk.Module {
	m := &module{Config: c, rules: rules}
	return &sdk.Module{
		Name:    "TwoFactorAuth",
		Doc:     "Two-factor authentication of an account by time-based codes (RFC 6238).",
		Version: "1.1.0",
		Check:   c.check,
		Functions: append(m.administration(),
			sdk.Func("generate_user_configuration", `Makes a new secret for the account, but does not configure it.
Show otpauth_str as a QR code, then give secret and a code from the user's
device to set_user_configuration, within ten minutes.`, m.generate),
			sdk.Func("set_user_configuration", `Turns two-factor authentication on, or replaces its secret.
The code proves that the user's device has the secret. A code is accepted only once.
Wrong codes are counted; after some of them the user has to wait.`, m.set).PrefetchRecords(settingsKey, accountKey),
			sdk.Func("get_user_configuration", `Returns whether two-factor authentication is on for the account.
When it is on, metadata.recovery_codes_left is the number of recovery codes that are left.`, m.get).AllowDemo().PrefetchRecords(settingsKey, accountKey),
			sdk.Func("remove_user_configuration", `Turns two-factor authentication off and deletes the secret and the recovery codes.
Codes that were accepted before stay used, and wrong codes stay counted.`, m.remove),
			sdk.Func("get_team_user_configuration", "Returns whether two-factor authentication is on for a team user of the account.",
				m.getTeam).AllowDemo().PrefetchRecords(settingsKey),
			sdk.Func("validate_token", "Checks a security code or a recovery code, and uses it up."+ours+`For a login page. There is always data, and valid is 1 only when the code was right
and this is stored. A wrong code is not an error. It is an error when the code was not
checked: after too many wrong codes, or when the storage fails.`, m.validate).PrefetchRecords(settingsKey, accountKey),
			sdk.Func("generate_recovery_codes",
				"Makes ten recovery codes, each of which can replace a security code "+
					"once."+ours+`They are shown only once. Earlier recovery codes become invalid.`, m.recover),
			sdk.Func("get_qr_code", "Returns the QR code of a secret for the user's device."+ours+`Stores nothing.`, m.qrCode),
		),
	}
}

type module struct {
	Config
	rules *rules
}

type generated struct {
	URI    string `json:"otpauth_str" secret:"true" doc:"The otpauth URI of the secret, for a QR code."`
	Secret string `json:"secret" secret:"true" doc:"The secret in base32, to be typed into the user's device."`
}

func (m *module) generate(ctx context.Context, call *sdk.Call, _ sdk.None) (generated, error) {
	const failed = "Failed to generate user configuration: "
	set, err := m.permitted(ctx, call)
	if err != nil {
		return generated{}, prefixed(failed, err)
	}
	return m.issue(ctx, call, set.Issuer, failed)
}

// issue makes a secret for the calling account.
func (m *module) issue(ctx context.Context, call *sdk.Call, issuer, failed string) (generated, error) {
	if err := m.checkAccount(call, failed); err != nil {
		return generated{}, err
	}
	at, err := own(call, "")
	if err != nil {
		return generated{}, err
	}
	secret, err := newSecret(m.Random, m.SecretBits)
	if err != nil {
		return generated{}, err
	}
	if m.RequirePending {
		p, err := newPending(m.rules.mac, m.Random, secret, call.Now().Unix())
		if err != nil {
			return generated{}, err
		}
		err = change(ctx, at, func(r record, _ bool) (record, bool, error) {
			r.pending = p
			return r, true, nil
		})
		if err != nil {
			return generated{}, prefixed(failed, err)
		}
	}
	return generated{URI: otpauth(issuer, call.Account, secret), Secret: secret}, nil
}

func (m *module) checkAccount(call *sdk.Call, failed string) error {
	if err := checkLabel(call.Account); err != nil {
		return sdk.Errorf(sdk.Failed, "%sThe account's name cannot stand in an otpauth URI: %v.", failed, err)
	}
	return nil
}

type setIn struct {
	Secret  sdk.Secret  `json:"secret" required:"true" doc:"The secret that generate_user_configuration returned: base32, 16 characters or more."`
	Token   sdk.Secret  `json:"tfa_token" required:"true" doc:"The six-digit code that the user's device shows now."`
	Current *sdk.Secret `json:"current_tfa_token" doc:"A code of the configuration that is replaced, or one of its recovery codes. Checked when it is sent; the host's settings can demand it. An extension of this project."`
}

type setOut struct {
	Configured bool `json:"tfa_configured" doc:"1: two-factor authentication is on."`
}

func (m *module) set(ctx context.Context, call *sdk.Call, in setIn) (setOut, error) {
	secret, err := secretParam(in.Secret)
	if err != nil {
		return setOut{}, err
	}
	at, err := m.door(call, "")
	if err != nil {
		return setOut{}, err
	}
	e := enrolment{secret: secret, code: newCandidate(in.Token), current: optional(in.Current)}
	if err := m.enrolAt(ctx, call, at, setFailed, e); err != nil {
		return setOut{}, err
	}
	return setOut{Configured: true}, nil
}

// enrolAt configures the secret of e in the record of a place.
func (m *module) enrolAt(ctx context.Context, call *sdk.Call, at place, prefix string, e enrolment) error {
	dropped := false
	_, err := m.decide(ctx, call, at, prefix, "current_tfa_token", func(r record, now int64) (record, outcome, error) {
		dropped = len(r.recovery.macs) > 0
		return m.rules.enrol(r, now, e)
	})
	if err == nil && dropped {
		call.Warn("The recovery codes from before are no longer good. Make new ones.")
	}
	return err
}

// secretParam returns the parameter secret in upper case.
func secretParam(in sdk.Secret) (sdk.Secret, error) {
	secret, ok := normalizeSecret(in.Reveal())
	if !ok {
		return sdk.Secret{}, sdk.BadParam("secret", "is not a base32 secret",
			"16 to 64 letters A to Z and digits 2 to 7 are allowed, as generate_user_configuration returns them")
	}
	return sdk.NewSecret(secret), nil
}

// optional returns nil when no code was sent. An empty field of a form counts as no
// code.
func optional(token *sdk.Secret) *candidate {
	if token == nil || token.IsZero() {
		return nil
	}
	c := newCandidate(*token)
	return &c
}

type getOut struct {
	Enabled bool   `json:"is_enabled" doc:"1 when two-factor authentication is on, otherwise 0."`
	Issuer  string `json:"issuer" doc:"What authenticator apps show with the account."`
}

func (m *module) get(ctx context.Context, call *sdk.Call, _ sdk.None) (getOut, error) {
	return m.configured(ctx, call, "", "Failed to get user configuration: ")
}

// configured returns the configuration of the account, or of a team user of it. While
// the administrator has turned the policy off, it counts as not configured.
func (m *module) configured(ctx context.Context, call *sdk.Call, team, failed string) (getOut, error) {
	at, err := own(call, team)
	if err != nil {
		return getOut{}, err
	}
	set, err := m.settings(ctx, call)
	if err != nil {
		return getOut{}, prefixed(failed, err)
	}
	r, err := load(ctx, at)
	if err != nil {
		return getOut{}, prefixed(failed, err)
	}
	if r.enabled() && team == "" {
		call.Metadata("recovery_codes_left", len(r.recovery.macs))
	}
	if set.PolicyOff {
		call.Metadata("policy_enabled", false)
	}
	return getOut{Enabled: r.enabled() && !set.PolicyOff, Issuer: set.Issuer}, nil
}

type teamIn struct {
	User string `json:"team_user" required:"true" doc:"The name of the team user."`
}

func (m *module) getTeam(ctx context.Context, call *sdk.Call, in teamIn) (getOut, error) {
	return m.configured(ctx, call, in.User, "Failed to get team user configuration: ")
}

type removeIn struct {
	Token *sdk.Secret `json:"tfa_token" doc:"A security code or a recovery code. Checked when it is sent; the host's settings can demand it. An extension of this project."`
}

type removeOut struct {
	Removed bool `json:"tfa_removed" doc:"1: two-factor authentication is off."`
}

func (m *module) remove(ctx context.Context, call *sdk.Call, in removeIn) (removeOut, error) {
	at, err := own(call, "")
	if err != nil {
		return removeOut{}, err
	}
	c := optional(in.Token)
	o, err := m.decide(ctx, call, at, "Failed to remove user configuration: ", "tfa_token",
		func(r record, now int64) (record, outcome, error) {
			return m.rules.withdraw(r, now, c)
		})
	if o.verdict == notConfigured {
		call.Warn("Two-factor authentication was not configured.")
		return removeOut{Removed: true}, nil
	}
	return removeOut{Removed: err == nil}, err
}

type recoverIn struct {
	Token *sdk.Secret `json:"tfa_token" doc:"A security code or a recovery code. Checked when it is sent; the host's settings can demand it."`
}

type recoverOut struct {
	Codes []string `json:"recovery_codes" secret:"true" doc:"The codes. Capitals, blanks and the hyphen do not matter."`
}

func (m *module) recover(ctx context.Context, call *sdk.Call, in recoverIn) (recoverOut, error) {
	const failed = "Failed to generate recovery codes: "
	at, err := m.door(call, "")
	if err != nil {
		return recoverOut{}, err
	}
	codes, kept, err := newRecovery(m.rules.mac, m.Random)
	if err != nil {
		return recoverOut{}, err
	}
	c := optional(in.Token)
	_, err = m.decide(ctx, call, at, failed, "tfa_token", func(r record, now int64) (record, outcome, error) {
		return m.rules.renew(r, now, c, kept)
	})
	if err != nil {
		return recoverOut{}, err
	}
	return recoverOut{Codes: codes}, nil
}
