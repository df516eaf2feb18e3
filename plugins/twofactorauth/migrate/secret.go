package migrate

import (
	"fmt"
	"io"
	"strings"
)

// Secret is a secret in base32. No format prints it.
type Secret string

// Format implements [fmt.Formatter].
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }

// alphabet is that of base32 (RFC 4648 section 6).
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// Bounds of a secret, in characters of base32: 80 bits (S1), and what
// a record has room for.
const (
	minSecret = 16
	maxSecret = 64
)

// normal returns a secret as it is stored: capitals, without blanks, hyphens and
// padding, which people and programs put in to read it better. wrong says why it
// is none.
func normal(text string) (secret Secret, wrong string) {
	clean := strings.Map(capital, strings.TrimRight(text, "= \t\r"))
	switch n := len(clean); {
	case n == 0:
		return "", "its secret is empty"
	case strings.ContainsFunc(clean, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }):
		return "", "its secret is no base32: only the letters A to Z and the digits 2 to 7 are"
	case n%8 == 1, n%8 == 3, n%8 == 6:
		return "", "its secret is no base32: characters are missing"
	case n < minSecret:
		return "", fmt.Sprintf("its secret has %d bits, fewer than the 80 that are taken", n*5)
	case n > maxSecret:
		return "", fmt.Sprintf("its secret is longer than %d characters", maxSecret)
	}
	return Secret(clean), ""
}

// capital is for strings.Map: letters of ASCII only, since others have capitals
// that base32 knows (ı and ſ).
func capital(r rune) rune {
	switch {
	case r == ' ', r == '-', r == '\t':
		return -1
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	}
	return r
}

// Entry is one account's secret in a file.
type Entry struct {
	Account string
	Secret  Secret
	Place   string   // where it stands, such as "line 4"
	Wrong   string   // why it cannot be taken; "" when it can
	Lost    []string // what of it is left behind
}
