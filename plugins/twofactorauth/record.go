package twofactorauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"liveapi.host/sdk"
)

// record is the stored state of a user. Without a secret two-factor authentication
// is off, but the last used step and the failures are still kept.
type record struct {
	secret    sdk.Secret
	lastStep  int64 // the greatest step that was accepted
	fails     int64 // in a row
	notBefore int64 // seconds since 1970; no code is evaluated earlier
	recovery  recovery
	pending   pending
}

func (r record) enabled() bool { return !r.secret.IsZero() }

// stored is the form in the storage, which the host seals.
type stored struct {
	Schema    int             `json:"schema"`
	Secret    string          `json:"secret,omitempty"`
	LastStep  int64           `json:"last_step"`
	Fails     int64           `json:"fails,omitempty"`
	NotBefore int64           `json:"not_before,omitempty"`
	Recovery  *storedRecovery `json:"recovery,omitempty"`
	Pending   *storedPending  `json:"pending,omitempty"`
}

type storedRecovery struct {
	Key   []byte   `json:"key"`
	Codes [][]byte `json:"codes"`
}

type storedPending struct {
	Key    []byte `json:"key"`
	MAC    []byte `json:"mac"`
	Issued int64  `json:"issued"`
}

// schema 1 had only the secret and the last step. It is read, but no longer written.
const schema = 2

// Bounds for values that are read, so that no sum overflows. The values that are
// written are far smaller.
const (
	maxStep   = 1 << 40
	maxSecond = 1 << 45
)

func (r record) encode() ([]byte, error) {
	s := stored{Schema: schema, Secret: r.secret.Reveal(), LastStep: r.lastStep, Fails: r.fails, NotBefore: r.notBefore}
	if !r.recovery.key.IsZero() {
		s.Recovery = &storedRecovery{Key: []byte(r.recovery.key.Reveal()), Codes: [][]byte{}}
		for _, m := range r.recovery.macs {
			s.Recovery.Codes = append(s.Recovery.Codes, []byte(m.Reveal()))
		}
	}
	if p := r.pending; !p.key.IsZero() {
		s.Pending = &storedPending{Key: []byte(p.key.Reveal()), MAC: []byte(p.mac.Reveal()), Issued: p.issued}
	}
	return json.Marshal(s)
}

// decodeRecord reads a stored record. It refuses what this version would not
// write, also unknown members: the next write would lose them. Its errors quote
// nothing of the record.
func decodeRecord(b []byte) (record, error) {
	var s stored
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&s) != nil { // its error may quote the secret
		return record{}, fmt.Errorf("the stored configuration (%d bytes) is malformed: was it written by another version?", len(b))
	}
	if _, err := d.Token(); err != io.EOF {
		return record{}, fmt.Errorf("the stored configuration (%d bytes) has more data after its end", len(b))
	}
	switch {
	case s.Schema != 1 && s.Schema != schema,
		s.Schema == 1 && (s.Fails != 0 || s.NotBefore != 0 || s.Recovery != nil || s.Pending != nil):
		return record{}, fmt.Errorf("the stored configuration has schema %d: was it written by another version?", s.Schema)
	case s.LastStep < 0 || s.LastStep > maxStep || s.Fails < 0 || s.Fails > failsKept || s.NotBefore < 0 || s.NotBefore > maxSecond:
		return record{}, fmt.Errorf("the stored configuration has last step %d, %d failures and not_before %d, which is out of bounds",
			s.LastStep, s.Fails, s.NotBefore)
	}
	r := record{lastStep: s.LastStep, fails: s.Fails, notBefore: s.NotBefore}
	if s.Secret != "" {
		if normal, ok := normalizeSecret(s.Secret); !ok || normal != s.Secret {
			return record{}, errors.New("the stored configuration has an invalid secret")
		}
		r.secret = sdk.NewSecret(s.Secret)
	}
	var err error
	if r.recovery, err = s.Recovery.read(r.enabled()); err != nil {
		return record{}, err
	}
	if r.pending, err = s.Pending.read(); err != nil {
		return record{}, err
	}
	return r, nil
}

func (s *storedRecovery) read(enabled bool) (v recovery, err error) {
	if s == nil {
		return v, nil
	}
	if !enabled || len(s.Key) != keyBytes || len(s.Codes) > recoveryCodes {
		return v, errors.New("the stored configuration has invalid recovery codes")
	}
	v.key = sdk.NewSecret(string(s.Key))
	for _, c := range s.Codes {
		if len(c) != keyBytes {
			return recovery{}, errors.New("the stored configuration has an invalid recovery code")
		}
		v.macs = append(v.macs, sdk.NewSecret(string(c)))
	}
	return v, nil
}

func (s *storedPending) read() (pending, error) {
	if s == nil {
		return pending{}, nil
	}
	if len(s.Key) != keyBytes || len(s.MAC) != keyBytes || s.Issued < 0 || s.Issued > maxSecond {
		return pending{}, errors.New("the stored configuration has an invalid pending secret")
	}
	return pending{key: sdk.NewSecret(string(s.Key)), mac: sdk.NewSecret(string(s.MAC)), issued: s.Issued}, nil
}
