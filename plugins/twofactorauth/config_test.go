package twofactorauth_test

import (
	"strings"
	"testing"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// fromEnv returns the module with the settings of a host's configuration.
func fromEnv(t testing.TB, env map[string]string) *sdk.Module {
	t.Helper()
	m := twofactorauth.New(
		twofactorauth.FromEnv(func(name string) string { return env[name] }, func() (string, error) { return "host.example.com", nil }),
	)
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestUSection7Configuration(t *testing.T) {
	hostname := func() (string, error) { return "host.example.com", nil }
	for _, c := range []struct {
		name    string
		env     map[string]string
		problem string // "" is valid
		secret  int    // characters
		issuer  string
	}{
		{name: "nothing set", secret: 16, issuer: "host.example.com"},
		{name: "all set", env: map[string]string{"TFA_ISSUER": "My Host", "TFA_WINDOW": "0", "TFA_SECRET_BITS": "160"}, secret: 32, issuer: "My Host"},
		{name: "128 bits", env: map[string]string{"TFA_SECRET_BITS": "128", "TFA_WINDOW": "1"}, secret: 26, issuer: "host.example.com"},
		{name: "colon", env: map[string]string{"TFA_ISSUER": "a:b"}, problem: "TFA_ISSUER"},
		{name: "control character", env: map[string]string{"TFA_ISSUER": "a\x07"}, problem: "TFA_ISSUER"},
		{name: "window 2", env: map[string]string{"TFA_WINDOW": "2"}, problem: "TFA_WINDOW"},
		{name: "window with a blank", env: map[string]string{"TFA_WINDOW": "1 "}, problem: "TFA_WINDOW"},
		{name: "64 bits", env: map[string]string{"TFA_SECRET_BITS": "64"}, problem: "TFA_SECRET_BITS"},
		{name: "strict", env: map[string]string{"TFA_PROFILE": "strict"}, secret: 32, issuer: "host.example.com"},
		{name: "strict but for one", env: map[string]string{"TFA_PROFILE": "strict", "TFA_SECRET_BITS": "80"}, secret: 16, issuer: "host.example.com"},
		{name: "compatible", env: map[string]string{"TFA_PROFILE": "compatible", "TFA_MAX_FAILURES": "3", "TFA_REQUIRE_PENDING": "0", "TFA_REQUIRE_TOKEN_TO_CHANGE": "0"}, secret: 16, issuer: "host.example.com"},
		{name: "no profile", env: map[string]string{"TFA_PROFILE": "lax"}, problem: "TFA_PROFILE"},
		{name: "pending 2", env: map[string]string{"TFA_REQUIRE_PENDING": "2"}, problem: "TFA_REQUIRE_PENDING"},
		{name: "token yes", env: map[string]string{"TFA_REQUIRE_TOKEN_TO_CHANGE": "yes"}, problem: "TFA_REQUIRE_TOKEN_TO_CHANGE"},
		{name: "2 failures", env: map[string]string{"TFA_MAX_FAILURES": "2"}, problem: "TFA_MAX_FAILURES"},
		{name: "51 failures", env: map[string]string{"TFA_MAX_FAILURES": "51"}, problem: "TFA_MAX_FAILURES"},
		{name: "failures without end", env: map[string]string{"TFA_MAX_FAILURES": "never"}, problem: "TFA_MAX_FAILURES"},
		{name: "no number", env: map[string]string{"TFA_SECRET_BITS": "many"}, problem: "TFA_SECRET_BITS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := twofactorauth.New(twofactorauth.FromEnv(func(name string) string { return c.env[name] }, hostname))
			err := m.Check()
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("the problem is %v, want %s", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var made struct{ Secret string }
			var is struct{ Issuer string }
			h := sdktest.New(t, m)
			h.Call("generate_user_configuration", nil).Decode(&made)
			h.Call("get_user_configuration", nil).Decode(&is)
			if len(made.Secret) != c.secret || is.Issuer != c.issuer {
				t.Errorf("%d characters and issuer %q, want %d and %q", len(made.Secret), is.Issuer, c.secret, c.issuer)
			}
		})
	}
	if err := twofactorauth.New(twofactorauth.Config{}).Check(); err == nil {
		t.Error("a configuration without an issuer is valid")
	}
}
