package twofactorauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"strings"

	"liveapi.host/sdk"
)

const (
	recoveryCodes  = 10 // made at a time
	recoveryLength = 10 // characters of 5 bits each

	// crockford has no letters that are read as digits, and no u.
	crockford = "0123456789abcdefghjkmnpqrstvwxyz"

	keyBytes = sha256.Size
)

// recovery is what is kept of recovery codes: their HMACs under a random key of
// their own. The zero value has none.
type recovery struct {
	key  sdk.Secret
	macs []sdk.Secret
}

// newRecovery returns ten new codes as they are shown, and what is kept of them.
func newRecovery(mac func(key, text string) string, random io.Reader) (codes []string, kept recovery, err error) {
	b := make([]byte, keyBytes+recoveryCodes*recoveryLength)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, recovery{}, fmt.Errorf("read random bytes for recovery codes: %w", err)
	}
	kept.key = sdk.NewSecret(string(b[:keyBytes]))
	for b = b[keyBytes:]; len(b) > 0; b = b[recoveryLength:] {
		code := make([]byte, recoveryLength)
		for i := range code {
			code[i] = crockford[b[i]%32]
		}
		codes = append(codes, string(code[:recoveryLength/2])+"-"+string(code[recoveryLength/2:]))
		kept.macs = append(kept.macs, sdk.NewSecret(mac(kept.key.Reveal(), recoveryText(string(code)))))
	}
	return codes, kept, nil
}

// spend returns what is left when the code is used up. It computes one HMAC and
// makes ten comparisons, whatever it finds and however many codes are left.
func (v recovery) spend(mac func(key, text string) string, code string) (left recovery, ok bool) {
	key := v.key.Reveal()
	if key == "" {
		key = strings.Repeat("\x00", keyBytes)
	}
	sum := []byte(mac(key, recoveryText(code)))
	left.key = v.key
	for i := range recoveryCodes {
		stored := make([]byte, len(sum))
		if i < len(v.macs) {
			stored = []byte(v.macs[i].Reveal())
		}
		same := subtle.ConstantTimeCompare(stored, sum) == 1
		switch {
		case i >= len(v.macs):
		case same:
			ok = true
		default:
			left.macs = append(left.macs, v.macs[i])
		}
	}
	return left, ok
}

func recoveryText(code string) string { return "recovery code\x00" + code }

// normalizeRecovery makes ten characters of Crockford's base32 of what was
// typed: blanks and hyphens go, capitals become small, and letters that look like
// digits become these.
func normalizeRecovery(s string) (code string, ok bool) {
	b := []byte(unspaced(s))
	if len(b) != recoveryLength {
		return "", false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch c {
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		if strings.IndexByte(crockford, c) < 0 {
			return "", false
		}
		b[i] = c
	}
	return string(b), true
}

// hmacSHA256 returns the HMAC of text.
func hmacSHA256(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return string(h.Sum(nil))
}

// pending is a secret that was issued and not enrolled yet: its HMAC under a
// key of its own, and when. The zero value is none.
type pending struct {
	key, mac sdk.Secret
	issued   int64 // seconds since 1970
}

const (
	pendingTime = 10 * 60 // seconds that an issued secret may be enrolled in

	// pendingSkew is how far the clock of the machine that enrols may be behind
	// that of the one which issued, in seconds.
	pendingSkew = 60
)

func newPending(mac func(key, text string) string, random io.Reader, secret string, now int64) (pending, error) {
	b := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return pending{}, fmt.Errorf("read random bytes for a pending secret: %w", err)
	}
	key := string(b)
	return pending{key: sdk.NewSecret(key), mac: sdk.NewSecret(mac(key, pendingText(secret))), issued: now}, nil
}

// holds reports whether it is this secret, issued within the last ten minutes.
func (p pending) holds(mac func(key, text string) string, secret string, now int64) bool {
	if p.key.IsZero() || p.issued > now+pendingSkew || now-p.issued > pendingTime {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(p.mac.Reveal()), []byte(mac(p.key.Reveal(), pendingText(secret)))) == 1
}

func pendingText(secret string) string { return "pending secret\x00" + secret }
