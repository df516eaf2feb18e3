package twofactorauth

import (
	"context"
	"errors"

	"liveapi.host/sdk"
)

type validateIn struct {
	Token sdk.Secret `json:"tfa_token" required:"true" doc:"What the user typed: six digits, or a recovery code."`
	Team  string     `json:"team_user" doc:"The name of a team user of the account, whose code it is. Default: the account itself."`
}

type validated struct {
	Method string `json:"method" doc:"What was accepted: totp (a security code), recovery (a recovery code), or an empty text when nothing was."`
	Retry  int64  `json:"retry_after" doc:"Seconds until the next code will be checked; 0: now. When security codes are no longer accepted: until a recovery code will be checked."`
	Valid  bool   `json:"valid" doc:"1: the code was right, and is used up now. Otherwise 0."`
}

// validate returns data with every error too (U3), so that a page that reads only
// valid does the right thing.
func (m *module) validate(ctx context.Context, call *sdk.Call, in validateIn) (*validated, error) {
	out := new(validated)
	const failed = "Failed to validate the security code: "
	at, err := m.door(call, in.Team)
	if err != nil {
		return out, err
	}
	c := newCandidate(in.Token)
	o, err := m.decide(ctx, call, at, failed, "tfa_token", func(r record, now int64) (record, outcome, error) {
		return m.rules.check(r, now, c)
	})
	out.Retry = o.wait
	switch o.verdict {
	case accepted:
		out.Valid, out.Method = true, o.method
		return out, nil
	case wrong, replayed, malformed:
		return out, nil
	}
	if _, ok := errors.AsType[*sdk.Error](err); !ok { // an error without a code would lose the data
		err = &sdk.Error{Code: sdk.Unavailable, Text: failed + "It could not be checked. Ask the administrator to look into the log.",
			Err: err}
	}
	return out, err
}
