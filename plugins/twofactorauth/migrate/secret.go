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

// alphabet is the alphabet of base32 (RFC 4648 section 6).
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// Bounds of a secret, in characters of base32: 80 bits (S1), and the longest that a
// record may hold.
const (
	minSecret = 16
	maxSecret = 64
)

// normal returns a secret as it is stored: in upper case, without the blanks,
// hyphens and padding that people and programs add for reading. wrong says why the
// secret is invalid.
func normal(text string) (secret Secret, wrong string) {
	clean := strings.Map(capital, strings.TrimRight(text, "= \t\r"))
	switch n := len(clean); {
	case n == 0:
		return "", "its secret is empty"
	case strings.ContainsFunc(clean, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }):
		return "", "its secret is not base32: only the letters A to Z and the digits 2 to 7 are"
	case n%8 == 1, n%8 == 3, n%8 == 6:
		return "", "its secret is not base32: characters are missing"
	case n < minSecret:
		return "", fmt.Sprintf("its secret has %d bits, at least 80 are needed", n*5)
	case n > maxSecret:
		return "", fmt.Sprintf("its secret is longer than %d characters", maxSecret)
	}
	return Secret(clean), ""
}

// capital is for strings.Map. It changes ASCII letters only: the upper case of ı and
// ſ would be a letter of base32.
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
	Place   string   // where it is in the file, such as "line 4"
	Wrong   string   // why it cannot be imported; "" when it can
	Lost    []string // what of it is not imported
}
