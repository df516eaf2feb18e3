package twofactorauth

import (
	"context"
	"errors"
	"fmt"

	"liveapi.host/sdk"
)

// New returns the module TwoFactorAuth. Its Check tells what is wrong with c.
func New(c Config) *sdk.Module {
	c.complete()
	m := &module{Config: c, window: 1}
	if c.Strict {
		m.window = 0
	}
	return &sdk.Module{
		Name:    "TwoFactorAuth",
		Doc:     "Two-factor authentication of an account by time-based codes (RFC 6238).",
		Version: "1.0.0",
		Check:   c.check,
		Functions: []sdk.Function{
			sdk.Func("generate_user_configuration", `Makes a new secret for the account. Stores nothing.
Show otpauth_str as a QR code, then give secret and a code from the user's
device to set_user_configuration.`, m.generate),
			sdk.Func("set_user_configuration", `Turns two-factor authentication on, or replaces its secret.
The code proves that the user's device has the secret. A code is accepted once.`, m.set),
			sdk.Func("get_user_configuration", "Tells whether two-factor authentication is on for the account.", m.get).AllowDemo(),
			sdk.Func("remove_user_configuration", `Turns two-factor authentication off and forgets the secret.
Codes that were accepted before stay used.`, m.remove),
		},
	}
}

type module struct {
	Config
	window int64
}

type generated struct {
	URI    string `json:"otpauth_str" secret:"true" doc:"The otpauth URI of the secret, for a QR code."`
	Secret string `json:"secret" secret:"true" doc:"The secret in base32, to be typed into the user's device."`
}

func (m *module) generate(_ context.Context, call *sdk.Call, _ sdk.None) (generated, error) {
	if err := checkLabel(call.Account); err != nil {
		return generated{}, sdk.Errorf(sdk.Failed, "Failed to generate user configuration: The account's name cannot stand in an otpauth URI: %v.", err)
	}
	secret, err := newSecret(m.Random, m.SecretBits)
	if err != nil {
		return generated{}, err
	}
	return generated{URI: otpauth(m.Issuer, call.Account, secret), Secret: secret}, nil
}

type setIn struct {
	Secret sdk.Secret `json:"secret" required:"true" doc:"The secret that generate_user_configuration returned: base32, 16 characters or more."`
	Token  sdk.Secret `json:"tfa_token" required:"true" doc:"The six-digit code that the user's device shows now."`
}

type setOut struct {
	Configured bool `json:"tfa_configured" doc:"1: two-factor authentication is on."`
}

// setFailed starts every error text of set; clients match it (U §4).
const setFailed = "Failed to set user configuration: "

// errCode is the answer to a wrong code, a used one and what is no code alike.
func errCode() error { return sdk.Errorf(sdk.Failed, setFailed+"The security code is invalid.") }

func (m *module) set(ctx context.Context, call *sdk.Call, in setIn) (setOut, error) {
	secret, ok := normalizeSecret(in.Secret.Reveal())
	if !ok {
		return setOut{}, sdk.BadParam("secret", "is not a base32 secret", "16 to 64 letters A to Z and digits 2 to 7 are allowed, as generate_user_configuration returns them")
	}
	code, ok := normalizeCode(in.Token)
	if !ok {
		return setOut{}, errCode()
	}
	err := change(ctx, call.Storage(), func(r record) (record, bool, error) {
		step, err := m.accept(call, r, secret, code)
		return record{secret: sdk.NewSecret(secret), lastStep: step}, err == nil, err
	})
	if err != nil {
		return setOut{}, prefixed(setFailed, err)
	}
	return setOut{Configured: true}, nil
}

// accept returns the step that the code uses up. It allows a step only when it
// is greater than every one that the account has used.
func (m *module) accept(call *sdk.Call, r record, secret, code string) (int64, error) {
	now, err := stepAt(call.Now())
	if err != nil {
		return 0, err
	}
	// First, because with a clock that far back no code of a real device matches.
	if r.lastStep > now+m.window+farAhead {
		call.Log().Error("ALARM: the last accepted security code is from the future: the clock is wrong now, or was when that code was accepted",
			"account", call.Account, "last_step", fmt.Sprint(r.lastStep), "step_now", fmt.Sprint(now))
		return 0, sdk.Errorf(sdk.Failed, "The server's clock is far behind the last accepted security code, so that no code can be accepted. Ask the administrator to look into the log.")
	}
	step, ok, err := match(secret, code, now, m.window)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, errCode()
	}
	if step <= r.lastStep {
		call.Log().Warn("replay: a security code of a step that is used up was refused", "account", call.Account, "step", fmt.Sprint(step), "last_step", fmt.Sprint(r.lastStep)) // as texts: go-plugin reads numbers as floats
		return 0, errCode()
	}
	return step, nil
}

type getOut struct {
	Enabled bool   `json:"is_enabled" doc:"1 when two-factor authentication is on, otherwise 0."`
	Issuer  string `json:"issuer" doc:"What authenticator apps show beside the account."`
}

func (m *module) get(ctx context.Context, call *sdk.Call, _ sdk.None) (getOut, error) {
	r, _, err := load(ctx, call.Storage())
	if err != nil {
		return getOut{}, prefixed("Failed to get user configuration: ", err)
	}
	return getOut{Enabled: r.enabled(), Issuer: m.Issuer}, nil
}

type removeOut struct {
	Removed bool `json:"tfa_removed" doc:"1: two-factor authentication is off."`
}

func (m *module) remove(ctx context.Context, call *sdk.Call, _ sdk.None) (removeOut, error) {
	err := change(ctx, call.Storage(), func(r record) (record, bool, error) {
		if !r.enabled() {
			call.Warn("Two-factor authentication was not configured.")
			return r, false, nil
		}
		return record{lastStep: r.lastStep}, true, nil
	})
	if err != nil {
		return removeOut{}, prefixed("Failed to remove user configuration: ", err)
	}
	return removeOut{Removed: true}, nil
}

// prefixed puts the function's own words before a coded error's text, once.
func prefixed(prefix string, err error) error {
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	if len(e.Text) >= len(prefix) && e.Text[:len(prefix)] == prefix {
		return err
	}
	return &sdk.Error{Code: e.Code, Text: prefix + e.Text, Err: e.Err}
}
