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

// codeAt returns the code of a step. The library generates and never compares:
// its own comparison trims Unicode white space, accepts an empty secret and does
// not tell which step matched.
func codeAt(secret string, step int64) (string, error) {
	if _, ok := normalizeSecret(secret); !ok {
		return "", errors.New("the secret is empty, too short or no base32")
	}
	return hotp.GenerateCode(secret, uint64(step))
}

// match returns the step within now-window to now+window whose code it is. It
// looks at every step whatever it finds, in a time that does not depend on the
// code. When two steps share a code it returns the later one, so that the code
// is used up for both. generate is codeAt.
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

// normalizeCode makes six ASCII digits of what was typed: blanks and hyphens
// go, a number gets back the zeros that it lost. Anything else cannot be a code.
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

// unspaced is what was typed without the blanks, tabs and hyphens of ASCII.
func unspaced(s string) string { return strings.NewReplacer(" ", "", "\t", "", "-", "").Replace(s) }

// normalizeSecret returns the secret in capitals. It has to be base32 without
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
		// Not left to the decoder: it skips line breaks, and takes the byte 0xff
		// for padding where there is to be none.
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
