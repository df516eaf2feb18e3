package twofactorauth

import (
	"context"
	"errors"
	"fmt"

	"liveapi.host/sdk"
)

// decision is one pure decision about a record.
type decision func(r record, now int64) (next record, o outcome, err error)

// decide makes a decision about the record of a place and commits it. Without an
// error the candidate was accepted and the record is stored; every error means
// denied. The outcome is what the caller may learn: it is empty when the record could
// not be written. prefix begins the function's error texts; token is the parameter
// that they name when a code is missing.
func (m *module) decide(ctx context.Context, call *sdk.Call, at place, prefix, token string, d decision) (outcome, error) {
	now := call.Now().Unix()
	var o outcome
	err := change(ctx, at, func(r record, there bool) (next record, write bool, err error) {
		next, o, err = d(r, now)
		// No one knows which team users exist, so a guessed name must not create a record.
		return next, o.changes() && (there || at.account || o.verdict == accepted), err
	})
	if err != nil {
		return outcome{}, prefixed(prefix, err)
	}
	m.report(call, at.key, now, o)
	if o.verdict == accepted {
		return o, nil
	}
	return o, prefixed(prefix, o.problem(token))
}

// Error texts that callers know word for word (U §4): for a wrong code
// set_user_configuration uses both, and the functions of WHM API 1 only codeRejected.
const (
	setFailed    = "Failed to set user configuration: "
	codeRejected = "The security code is invalid."
)

// problem returns the caller's error for a candidate that was not accepted. The text
// is the same for a wrong code, a used code and a text that cannot be a code.
func (o outcome) problem(token string) *sdk.Error {
	switch o.verdict {
	case throttled:
		return sdk.Errorf(sdk.Denied, "Too many wrong security codes. Wait %s, then try again with a new one.", seconds(o.wait))
	case locked:
		return sdk.Errorf(sdk.Denied,
			"Too many wrong security codes, so that none is accepted any more. Use a recovery code, or ask the administrator.")
	case clockWrong:
		return sdk.Errorf(sdk.Failed,
			"The server's clock is far behind the last security code that was checked, so that no code can be accepted. Ask the "+
				"administrator to look into the log.")
	case needsToken:
		return sdk.Errorf(sdk.Denied,
			"Two-factor authentication is on: a change needs a security code or a recovery code in the parameter “%s”.", token)
	case notIssued:
		return sdk.Errorf(sdk.Denied,
			"The secret was not issued to this account within the last ten minutes. Call generate_user_configuration for a new one.")
	case notConfigured:
		return sdk.Errorf(sdk.Failed, "Two-factor authentication is not configured.")
	}
	return sdk.Errorf(sdk.Failed, codeRejected)
}

func seconds(n int64) string {
	if n == 1 {
		return "1 second"
	}
	return fmt.Sprintf("%d seconds", n)
}

// report logs what an administrator should see, after the commit. It logs numbers
// as texts, because go-plugin reads them as floats.
func (m *module) report(call *sdk.Call, key string, now int64, o outcome) {
	about := []any{"account", call.Account, "record", key, "failures", fmt.Sprint(o.fails)}
	switch o.verdict {
	case accepted:
		if o.method == methodRecovery {
			call.Log().Warn("a recovery code was used", about...)
		}
	case wrong, replayed:
		about = append(about, "wait", fmt.Sprint(o.wait))
		if o.verdict == wrong {
			call.Log().Warn("a wrong security code was refused", about...)
		} else {
			call.Log().Warn("replay: a security code of a step that is used up was refused", append(about, "step", fmt.Sprint(o.step))...)
		}
		if o.fails == m.rules.maxFailures {
			call.Log().Error("locked: too many security codes in a row were wrong, so no more are checked; a recovery code or the "+
				"administrator can unlock it", about...)
		}
	case throttled, locked: // anybody could fill the log with these
		call.Log().Debug("a security code was not checked, after too many wrong ones", append(about, "wait", fmt.Sprint(o.wait))...)
	case clockWrong:
		call.Log().Error("ALARM: the last security code that was checked is from the future: the clock is wrong now, or was when that "+
			"code was checked",
			append(about, "now", fmt.Sprint(now), "step_now", fmt.Sprint(now/period), "wait", fmt.Sprint(o.wait))...)
	}
}

// prefixed puts the function's own words before a coded error's text.
func prefixed(prefix string, err error) error {
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	return &sdk.Error{Code: e.Code, Text: prefix + e.Text, Err: e.Err}
}
