package migrate

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

// Secret is a secret in base32. No format prints it.
type Secret string

// Format implements [fmt.Formatter].
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }

// Bounds of a secret, in characters of base32: 80 bits (two-factor.md), and what
// a record has room for.
const (
	minSecret = 16
	maxSecret = 64
)

// normal returns a secret as it is stored: capitals, without blanks, hyphens and
// padding, which people and programs put in to read it better. wrong says why it
// is none.
func normal(text string) (secret Secret, wrong string) {
	clean := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(strings.TrimRight(text, "= \t\r")))
	encoding := base32.StdEncoding.WithPadding(base32.NoPadding)
	switch n := len(clean); {
	case n == 0:
		return "", "its secret is empty"
	case strings.ContainsAny(clean, "\r\n"):
		return "", "its secret is no base32"
	case n%8 == 1, n%8 == 3, n%8 == 6:
		return "", "its secret is no base32: characters are missing"
	case n < minSecret:
		return "", fmt.Sprintf("its secret has %d bits, fewer than the 80 that are taken", n*5)
	case n > maxSecret:
		return "", fmt.Sprintf("its secret is longer than %d characters", maxSecret)
	}
	if _, err := encoding.DecodeString(clean); err != nil {
		return "", "its secret is no base32: only the letters A to Z and the digits 2 to 7 are"
	}
	return Secret(clean), ""
}

// Entry is one account's secret in a file.
type Entry struct {
	Account string
	Secret  Secret
	Place   string   // where it stands, such as "line 4"
	Wrong   string   // why it cannot be taken; "" when it can
	Lost    []string // what of it is left behind
}
