package twofactorauth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Config has the module's settings. The zero value is the profile "compatible",
// which does what the documented functions promise, but it lacks an issuer.
type Config struct {
	// Issuer is what authenticator apps show with the account: 1 to 255
	// bytes of UTF-8 without a colon and control characters.
	Issuer string

	// PresentStepOnly accepts the code of the present step only (OWASP ASVS 5.0
	// 6.5.5), not those of the step before and after (RFC 6238 section 5.2).
	PresentStepOnly bool

	// SecretBits is the length of new secrets: 80, 128 or 160; 0 means 80.
	// RFC 4226 section 4 requires 128, but pages in the field expect the 16
	// characters that 80 bits make.
	SecretBits int

	// RequirePending takes only a secret that was issued to the account within
	// the last ten minutes.
	RequirePending bool

	// RequireTokenToChange demands a code of the present configuration for every
	// change of it (NIST SP 800-63B-4 section 4.1; OWASP ASVS 5.0 7.5.1).
	RequireTokenToChange bool

	// MaxFailures is the number of failures in a row after which time codes are no
	// longer evaluated: 3 to 50; 0 means 50 (RFC 4226 section 7.3).
	MaxFailures int

	// Random is where secrets come from; nil means crypto/rand.
	Random io.Reader

	misread error // what is wrong with the environment
}

// FromEnv returns the configuration from the environment; see the package comment
// for the names. The module's Check reports what is wrong with it, at start.
// hostname returns the issuer when none is set.
func FromEnv(getenv func(string) string, hostname func() (string, error)) Config {
	c := Config{SecretBits: 80, MaxFailures: mostFailures}
	var problems []error
	switch v := getenv("TFA_PROFILE"); v {
	case "", "compatible":
	case "strict":
		c = Config{PresentStepOnly: true, SecretBits: 160, RequirePending: true, RequireTokenToChange: true, MaxFailures: 10}
	default:
		problems = append(problems, fmt.Errorf("TFA_PROFILE is %.40q: compatible and strict are allowed", v))
	}
	flag := func(name string, set *bool, yes string) {
		switch v := getenv(name); v {
		case "":
		case "0", "1":
			*set = v == yes
		default:
			problems = append(problems, fmt.Errorf("%s is %.40q: 0 and 1 are allowed", name, v))
		}
	}
	flag("TFA_WINDOW", &c.PresentStepOnly, "0")
	flag("TFA_REQUIRE_PENDING", &c.RequirePending, "1")
	flag("TFA_REQUIRE_TOKEN_TO_CHANGE", &c.RequireTokenToChange, "1")
	switch v := getenv("TFA_SECRET_BITS"); v {
	case "":
	case "80", "128", "160":
		c.SecretBits, _ = strconv.Atoi(v)
	default:
		problems = append(problems, fmt.Errorf("TFA_SECRET_BITS is %.40q: 80, 128 and 160 are allowed", v))
	}
	if v := getenv("TFA_MAX_FAILURES"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < leastFailures || n > mostFailures {
			problems = append(problems, fmt.Errorf("TFA_MAX_FAILURES is %.40q: %d to %d are allowed", v, leastFailures, mostFailures))
		}
		c.MaxFailures = n
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
	c.misread = errors.Join(problems...)
	return c
}

func (c *Config) check() error {
	if c.misread != nil {
		return c.misread
	}
	var problems []error
	if err := checkLabel(c.Issuer); err != nil {
		problems = append(problems, fmt.Errorf("the issuer is %.40q: %w", c.Issuer, err))
	}
	switch c.SecretBits {
	case 80, 128, 160:
	default:
		problems = append(problems, fmt.Errorf("the secrets have %d bits: 80, 128 and 160 are allowed", c.SecretBits))
	}
	if c.MaxFailures < leastFailures || c.MaxFailures > mostFailures {
		problems = append(problems, fmt.Errorf("MaxFailures is %d: %d to %d are allowed", c.MaxFailures, leastFailures, mostFailures))
	}
	return errors.Join(problems...)
}

func (c *Config) complete() {
	if c.SecretBits == 0 {
		c.SecretBits = 80
	}
	if c.MaxFailures == 0 {
		c.MaxFailures = mostFailures
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
}

// rules returns the part of the configuration that decides about codes.
func (c *Config) rules() *rules {
	u := &rules{
		window: 1, maxFailures: int64(c.MaxFailures),
		tokenToChange: c.RequireTokenToChange, requirePending: c.RequirePending,
		codeAt: codeAt, mac: hmacSHA256,
	}
	if c.PresentStepOnly {
		u.window = 0
	}
	return u
}
