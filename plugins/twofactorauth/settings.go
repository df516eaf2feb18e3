package twofactorauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"liveapi.host/sdk"
)

// settingsKey is the key of the one record that belongs to no account.
const settingsKey = "/settings"

// settings are what the administrator has set for the machine or the fleet. They
// are read with each call, so that a policy that was changed on one machine applies
// to all at once.
type settings struct {
	Schema    int    `json:"schema"`
	PolicyOff bool   `json:"policy_off,omitempty"`
	Issuer    string `json:"issuer,omitempty"` // "": that of the module's configuration
}

const settingsSchema = 1

var errPolicyOff = sdk.Errorf(sdk.Denied, "Two-factor authentication is turned off by the administrator.")

// settings returns the stored settings, with the issuer that is in effect.
func (m *module) settings(ctx context.Context, call *sdk.Call) (settings, error) {
	s, err := loadSettings(ctx, call)
	if s.Issuer == "" {
		s.Issuer = m.Issuer
	}
	return s, err
}

// permitted returns the settings. It fails when the administrator has turned
// two-factor authentication off.
func (m *module) permitted(ctx context.Context, call *sdk.Call) (settings, error) {
	s, err := m.settings(ctx, call)
	if err == nil && s.PolicyOff {
		err = errPolicyOff
	}
	return s, err
}

// door returns the place of the record of the calling account or of its team user.
// A change there fails unless the policy permits it.
func (m *module) door(call *sdk.Call, team string) (place, error) {
	at, err := own(call, team)
	at.permit = func(ctx context.Context) error {
		_, err := m.permitted(ctx, call)
		return err
	}
	return at, err
}

func loadSettings(ctx context.Context, call *sdk.Call) (settings, error) {
	found, err := call.Whole().Get(ctx, settingsKey)
	if err != nil && !errors.Is(err, sdk.ErrNotFound) {
		return settings{}, errUnreadable(err)
	}
	return readSettings(found)
}

// readSettings decodes what was found; the default settings when nothing was.
func readSettings(found sdk.Record) (settings, error) {
	if found.Version == 0 {
		return settings{Schema: settingsSchema}, nil
	}
	var s settings
	if err := json.Unmarshal(found.Value, &s); err != nil || s.Schema != settingsSchema {
		return settings{}, errDamaged(fmt.Errorf("the administrator's settings have schema %d: were they written by another version? (%v)",
			s.Schema, err))
	}
	return s, nil
}

// changeSettings stores the settings after edit has changed them.
func changeSettings(ctx context.Context, call *sdk.Call, edit func(*settings)) error {
	return worded(sdk.Update(ctx, call.Whole(), settingsKey, tries, func(found sdk.Record) ([]byte, error) {
		s, err := readSettings(found)
		if err != nil {
			return nil, err
		}
		edit(&s)
		value, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode the settings: %w", err)
		}
		return value, nil
	}))
}
