package twofactorauth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"liveapi.host/sdk"
)

// Config says how the module works. The zero value lacks an issuer.
type Config struct {
	// Issuer is what authenticator apps show beside the account: 1 to 255
	// bytes of UTF-8 without a colon and control characters.
	Issuer string

	// Strict accepts the code of the present step only (OWASP ASVS 5.0
	// 6.5.5), not those of the step before and after (RFC 6238 section 5.2).
	Strict bool

	// SecretBits is the length of new secrets: 80, 128 or 160; 0 means 80.
	// RFC 4226 section 4 requires 128, but pages in the field expect the 16
	// characters that 80 bits make.
	SecretBits int

	// Random is where secrets come from; nil means crypto/rand.
	Random io.Reader
}

// FromEnv returns the module with its configuration from the environment; see
// the package comment for the names. What is wrong with it is told by the
// module's Check, at start. hostname gives the issuer when none is set.
func FromEnv(getenv func(string) string, hostname func() (string, error)) *sdk.Module {
	c, err := parse(getenv, hostname)
	if err != nil {
		m := New(c)
		m.Check = func() error { return err }
		return m
	}
	return New(c)
}

func parse(getenv func(string) string, hostname func() (string, error)) (Config, error) {
	var c Config
	var problems []error
	switch v := getenv("TFA_WINDOW"); v {
	case "", "1":
	case "0":
		c.Strict = true
	default:
		problems = append(problems, fmt.Errorf("TFA_WINDOW is %.40q: 0 and 1 are allowed", v))
	}
	switch v := getenv("TFA_SECRET_BITS"); v {
	case "", "80":
		c.SecretBits = 80
	case "128":
		c.SecretBits = 128
	case "160":
		c.SecretBits = 160
	default:
		problems = append(problems, fmt.Errorf("TFA_SECRET_BITS is %.40q: 80, 128 and 160 are allowed", v))
	}
	c.Issuer = getenv("TFA_ISSUER")
	if c.Issuer == "" {
		name, err := hostname()
		if err != nil {
			problems = append(problems, fmt.Errorf("the host name cannot be read, set TFA_ISSUER: %w", err))
		}
		c.Issuer = name
	}
	if err := checkLabel(c.Issuer); err != nil {
		problems = append(problems, fmt.Errorf("TFA_ISSUER, or the host name in its place, is %.40q: %w", c.Issuer, err))
	}
	return c, errors.Join(problems...)
}

func (c *Config) check() error {
	var problems []error
	if err := checkLabel(c.Issuer); err != nil {
		problems = append(problems, fmt.Errorf("the issuer is %.40q: %w", c.Issuer, err))
	}
	switch c.SecretBits {
	case 80, 128, 160:
	default:
		problems = append(problems, fmt.Errorf("secrets of %d bits: 80, 128 and 160 are allowed", c.SecretBits))
	}
	return errors.Join(problems...)
}

func (c *Config) complete() {
	if c.SecretBits == 0 {
		c.SecretBits = 80
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
}
