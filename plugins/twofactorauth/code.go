package twofactorauth

import (
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pquerna/otp/hotp"

	"liveapi.host/sdk"
)

const (
	period = 30 // seconds in a step (RFC 6238 section 4.1)
	digits = 6

	minSecret = 16 // base32 characters: 80 bits
	maxSecret = 64
)

// codeAt returns the code of a step. The library only generates codes. Its own
// comparison is not used: it trims Unicode white space, accepts an empty secret and
// does not return which step matched.
func codeAt(secret string, step int64) (string, error) {
	if _, ok := normalizeSecret(secret); !ok {
		return "", errors.New("the secret is empty, too short or not base32")
	}
	return hotp.GenerateCode(secret, uint64(step))
}

// match returns the step from now-window to now+window that has this code. It always
// compares with every step, so its time does not depend on the code. When two steps
// have the same code it returns the later one, so that the code is used up for both.
// generate is codeAt.
func match(generate func(string, int64) (string, error), secret, code string, now, window int64) (step int64, ok bool, err error) {
	found := -1
	for i := range int(2*window + 1) {
		candidate, err := generate(secret, now-window+int64(i))
		if err != nil {
			return 0, false, fmt.Errorf("generate the code to compare with: %w", err)
		}
		same := subtle.ConstantTimeCompare([]byte(candidate), []byte(code))
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	return now - window + int64(found), found >= 0, nil
}

// normalizeCode returns six ASCII digits for what was typed: it removes blanks and
// hyphens, and puts back the leading zeros that a number lost. Anything else cannot
// be a code.
func normalizeCode(token sdk.Secret) (code string, ok bool) {
	code = token.Reveal()
	if token.IsNumber() {
		if n := digits - len(code); n > 0 {
			code = strings.Repeat("0", n) + code
		}
	} else {
		code = unspaced(code)
	}
	if len(code) != digits {
		return "", false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", false
		}
	}
	return code, true
}

// unspaced removes ASCII blanks, tabs and hyphens.
func unspaced(s string) string { return strings.NewReplacer(" ", "", "\t", "", "-", "").Replace(s) }

// normalizeSecret returns the secret in upper case. It has to be base32 without
// padding and at least 80 bits long.
func normalizeSecret(s string) (secret string, ok bool) {
	if len(s) < minSecret || len(s) > maxSecret {
		return "", false
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		// The decoder does not check this: it skips line breaks, and without padding
		// it takes the byte 0xff for padding.
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return "", false
		}
		b[i] = c
	}
	switch len(b) % 8 { // characters that are too few for a last byte
	case 1, 3, 6:
		return "", false
	}
	return string(b), true
}

func unpadded() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// newSecret returns a secret of the given bits.
func newSecret(random io.Reader, bits int) (string, error) {
	b := make([]byte, bits/8)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("read random bytes for a secret: %w", err)
	}
	return unpadded().EncodeToString(b), nil
}
