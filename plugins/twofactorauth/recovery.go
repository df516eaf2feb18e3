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

	// crockford has no letters that look like digits, and no u.
	crockford = "0123456789abcdefghjkmnpqrstvwxyz"

	keyBytes = sha256.Size
)

// recovery is the stored form of recovery codes: their HMACs under a random key of
// their own. The zero value has no codes.
type recovery struct {
	key  sdk.Secret
	macs []sdk.Secret
}

// newRecovery returns ten new codes as they are shown, and their stored form.
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

// spend returns the codes that are left after this one is used up. It always
// computes one HMAC and makes ten comparisons, also when fewer codes are left.
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

// normalizeRecovery turns what was typed into ten characters of Crockford's base32:
// it removes blanks and hyphens, makes letters lower case, and replaces letters that
// look like digits by these digits.
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

// pending is a secret that was issued and not enrolled yet: its HMAC under a key
// of its own, and the time of issue. The zero value means that there is none.
type pending struct {
	key, mac sdk.Secret
	issued   int64 // seconds since 1970
}

const (
	pendingTime = 10 * 60 // seconds that an issued secret may be enrolled in

	// pendingSkew is how many seconds the clock of the enrolling machine may be
	// behind the clock of the issuing machine.
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

// holds reports whether p is this secret, issued within the last ten minutes.
func (p pending) holds(mac func(key, text string) string, secret string, now int64) bool {
	if p.key.IsZero() || p.issued > now+pendingSkew || now-p.issued > pendingTime {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(p.mac.Reveal()), []byte(mac(p.key.Reveal(), pendingText(secret)))) == 1
}

func pendingText(secret string) string { return "pending secret\x00" + secret }
