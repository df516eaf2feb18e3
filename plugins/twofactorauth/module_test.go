package twofactorauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

const (
	secret  = "JBSWY3DPEHPK3PXP"
	invalid = "Failed to set user configuration: The security code is invalid."
	period  = 30 * time.Second
)

// noon is the first second of a step.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func module() *sdk.Module {
	return twofactorauth.New(twofactorauth.Config{Issuer: "host.example.com"})
}

func TestMain(m *testing.M) { sdktest.Main(m, module()) }

// codeOf is what a user's device shows.
func codeOf(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func set(h *sdktest.Host, secret, code string) *sdktest.Result {
	return h.Call("set_user_configuration", sdktest.Args{"secret": secret, "tfa_token": code})
}

func newHost(t testing.TB, options ...sdktest.Option) (*sdktest.Host, *sdktest.Clock) {
	t.Helper()
	clock := sdktest.NewClock(noon)
	return sdktest.New(t, module(), append(options, sdktest.WithClock(clock.Now))...), clock
}

// The four functions as a page uses them (U §7), in this process and over the pipe.
func TestU7Functions(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host{"in process": sdktest.New, "pipe": sdktest.Pipe} {
		t.Run(name, func(t *testing.T) {
			clock := sdktest.NewClock(noon)
			h := start(t, module(), sdktest.WithClock(clock.Now))
			h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)

			var made struct {
				URI    string `json:"otpauth_str"`
				Secret string `json:"secret"`
			}
			h.Call("generate_user_configuration", nil).Decode(&made)
			if want := "otpauth://totp/host.example.com:alice?secret=" + made.Secret + "&issuer=host.example.com"; made.URI != want || len(made.Secret) != 16 {
				t.Errorf("otpauth_str is %s, want %s", made.URI, want)
			}
			h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)

			set(h, made.Secret, codeOf(t, made.Secret, clock.Now())).JSON(`{"tfa_configured":1}`)
			h.Call("get_user_configuration", nil).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
			h.As("bob").Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)

			h.Call("remove_user_configuration", nil).JSON(`{"tfa_removed":1}`)
			h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
			r := h.Call("remove_user_configuration", nil).JSON(`{"tfa_removed":1}`)
			if len(r.Warnings) != 1 {
				t.Errorf("removing nothing warns %q, want one warning", r.Warnings)
			}
			clock.Advance(period)
			set(h, made.Secret, codeOf(t, made.Secret, clock.Now())).OK()
		})
	}
}

func TestU7GenerateStoresNothing(t *testing.T) {
	h, _ := newHost(t)
	var first, second map[string]string
	h.Call("generate_user_configuration", nil).Decode(&first)
	h.Call("generate_user_configuration", nil).Decode(&second)
	if first["secret"] == second["secret"] {
		t.Error("two secrets are the same")
	}
	records, err := h.Storage().List(t.Context(), "", "", 10)
	if err != nil || len(records) != 0 {
		t.Errorf("stored: %v, %v", records, err)
	}
}

func TestU7GenerateRefusesAccountWithColon(t *testing.T) {
	h, _ := newHost(t)
	h.As("a:b").Call("generate_user_configuration", nil).Fails("Failed to generate user configuration: The account's name cannot stand in an otpauth URI: a colon is not allowed.")
}

func TestU7GenerateWithoutRandomness(t *testing.T) {
	m := twofactorauth.New(twofactorauth.Config{Issuer: "host", Random: bytes.NewReader(nil)})
	r := sdktest.New(t, m).Call("generate_user_configuration", nil)
	if r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "An internal error occurred (id ") {
		t.Errorf("status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
	}
}

func TestU7TokenForms(t *testing.T) {
	at := noon
	for codeOf(t, secret, at)[0] != '0' { // a code that a number would lose a zero of
		at = at.Add(period)
	}
	code := codeOf(t, secret, at)
	for name, args := range map[string]string{
		"text":             `"` + code + `"`,
		"number":           strings.TrimLeft(code, "0"),
		"blank in between": `"` + code[:3] + ` ` + code[3:] + `"`,
		"hyphen":           `"` + code[:3] + `-` + code[3:] + `"`,
	} {
		h := sdktest.New(t, module(), sdktest.WithClock(sdktest.NewClock(at).Now))
		if r := h.CallJSON("set_user_configuration", `{"secret":"`+secret+`","tfa_token":`+args+`}`); r.Status != 1 {
			t.Errorf("%s: %q", name, r.Errors)
		}
	}
	for name, token := range map[string]string{
		"a text that lost its zero":                         code[1:],
		"Unicode white space, which the library would trim": code + "\u00a0",
		"a line break":  code + "\n",
		"a code twice":  code + code,
		"letters":       "abcdef",
		"a wrong digit": code[:5] + string('0'+('9'-code[5])),
	} {
		h := sdktest.New(t, module(), sdktest.WithClock(sdktest.NewClock(at).Now))
		if r := set(h, secret, token); r.Status != 0 || r.Errors[0] != invalid {
			t.Errorf("%s: status %d, %q", name, r.Status, r.Errors)
		}
	}
}

func TestU4Arguments(t *testing.T) {
	h, _ := newHost(t)
	bad := "The parameter “secret”"
	for name, c := range map[string]struct{ args, want string }{
		"no token":     {`{"secret":"` + secret + `"}`, "The parameter “tfa_token” is required."},
		"no secret":    {`{"tfa_token":"123456"}`, "The parameter “secret” is required."},
		"empty secret": {`{"secret":"","tfa_token":"123456"}`, "The parameter “secret” is required."},
		"75 bits":      {`{"secret":"JBSWY3DPEHPK3PX","tfa_token":"123456"}`, bad},
		"no base32":    {`{"secret":"JBSWY3DPEHPK3PX!","tfa_token":"123456"}`, bad},
		"nothing":      {`[]`, bad},
	} {
		r := h.CallJSON("set_user_configuration", c.args)
		if r.Status != 0 || len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], c.want) || strings.Contains(r.Errors[0], "JBSWY") {
			t.Errorf("%s: status %d, errors %q; want %q and no secret", name, r.Status, r.Errors, c.want)
		}
	}
}

func TestRFC6238Section52Window(t *testing.T) {
	for _, c := range []struct {
		strict bool
		offset int // steps from the server's
		want   bool
	}{{false, -2, false}, {false, -1, true}, {false, 0, true}, {false, 1, true}, {false, 2, false}, {true, -1, false}, {true, 0, true}, {true, 1, false}} {
		for _, at := range []time.Time{noon, noon.Add(period - 1)} { // both ends of a step
			m := twofactorauth.New(twofactorauth.Config{Issuer: "host", Strict: c.strict})
			h := sdktest.New(t, m, sdktest.WithClock(sdktest.NewClock(at).Now))
			r := set(h, secret, codeOf(t, secret, at.Add(time.Duration(c.offset)*period)))
			if (r.Status == 1) != c.want {
				t.Errorf("strict %v, %+d steps at %v: status %d, want accepted %v", c.strict, c.offset, at, r.Status, c.want)
			}
		}
	}
}

// A code is accepted once; the words for a used code are those for a wrong one,
// and only the log tells them apart.
func TestRFC6238Section52Replay(t *testing.T) {
	h, clock := newHost(t)
	code := codeOf(t, secret, noon)
	set(h, secret, code).OK()
	set(h, secret, code).Fails(invalid)
	if !strings.Contains(h.Log(), "replay") || strings.Contains(h.Log(), code) {
		t.Errorf("want the replay in the log, without the code:\n%s", h.Log())
	}
	clock.Advance(period) // still in the window
	set(h, secret, code).Fails(invalid)
	h.Call("remove_user_configuration", nil).OK()
	set(h, secret, code).Fails(invalid)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()

	other := "GEZDGNBVGY3TQOJQ" // another secret, and yet not before a new step
	set(h, other, codeOf(t, other, clock.Now())).Fails(invalid)
	clock.Advance(period)
	set(h, other, codeOf(t, other, clock.Now())).OK()
}

// A code of the step ahead uses up the present step's.
func TestRFC6238Section52OnlyGreaterSteps(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon.Add(period))).OK()
	set(h, secret, codeOf(t, secret, noon)).Fails(invalid)
	clock.Advance(period)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails(invalid)
	set(h, secret, codeOf(t, secret, clock.Now().Add(period))).OK()
}

func TestASVS658ClockGoesBack(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()

	clock.Advance(-5 * time.Minute)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails(invalid)

	clock.Set(noon.Add(-time.Hour))
	const behind = "Failed to set user configuration: The server's clock is far behind the last accepted security code, so that no code can be accepted. Ask the administrator to look into the log."
	for _, code := range []string{codeOf(t, secret, clock.Now()), codeOf(t, secret, noon), codeOf(t, secret, noon.Add(period)), "000000"} {
		set(h, secret, code).Fails(behind)
	}
	if !strings.Contains(h.Log(), "ALARM") {
		t.Errorf("no alarm in the log:\n%s", h.Log())
	}
	h.Call("remove_user_configuration", nil).OK()
	set(h, secret, codeOf(t, secret, clock.Now())).Fails(behind)

	clock.Set(noon.Add(period))
	set(h, secret, codeOf(t, secret, clock.Now())).OK()

	clock.Set(time.Unix(0, 0))
	if r := set(h, secret, codeOf(t, secret, clock.Now())); r.Status != 0 {
		t.Error("accepted at the beginning of time")
	}
}

// together is a storage whose first readers wait for one another, so that all
// of them go on with the same version.
type together struct {
	sdk.Storage
	readers atomic.Int32 // that are still to come
	all     sync.WaitGroup
}

func newTogether(readers int) *together {
	s := &together{Storage: sdktest.NewMemory()}
	s.readers.Store(int32(readers))
	s.all.Add(readers)
	return s
}

func (s *together) Get(ctx context.Context, key string) (sdk.Record, error) {
	r, err := s.Storage.Get(ctx, key)
	if s.readers.Add(-1) >= 0 {
		s.all.Done()
		s.all.Wait()
	}
	return r, err
}

// Of 64 sessions with the same valid code exactly one is accepted, also when all
// have read the record before the first one writes.
func TestRFC6238Section52Parallel(t *testing.T) {
	const sessions = 64
	for range 30 {
		storage := newTogether(sessions)
		h, _ := newHost(t, sdktest.WithStorage(func(string, string) sdk.Storage { return storage }))
		code := codeOf(t, secret, noon)
		var accepted, refused atomic.Int32
		var done sync.WaitGroup
		for range sessions {
			done.Go(func() {
				switch r := set(h, secret, code); {
				case r.Status == 1:
					accepted.Add(1)
				case r.Errors[0] == invalid:
					refused.Add(1)
				}
			})
		}
		done.Wait()
		if a, r := accepted.Load(), refused.Load(); a != 1 || r != sessions-1 {
			t.Fatalf("%d sessions were accepted and %d refused, want 1 and %d", a, r, sessions-1)
		}
	}
}

// Whatever the clock does and whatever is removed in between: no step is
// accepted twice or after a later one, and none outside of the window.
func TestRFC6238Section52Monotonic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	h, clock := newHost(t)
	last := int64(0)
	for range 3000 {
		switch r.IntN(10) {
		case 0:
			h.Call("remove_user_configuration", nil).OK()
		case 1:
			clock.Advance(-time.Duration(r.IntN(600)) * time.Second)
		default:
			clock.Advance(time.Duration(r.IntN(40)) * time.Second)
		}
		offset := r.IntN(7) - 3
		at := clock.Now().Add(time.Duration(offset) * period)
		step := at.Unix() / 30
		accepted := set(h, secret, codeOf(t, secret, at)).Status == 1
		if want := offset >= -1 && offset <= 1 && step > last; accepted != want {
			t.Fatalf("step %d, %+d from now, last accepted %d: accepted %v, want %v", step, offset, last, accepted, want)
		}
		if accepted {
			last = step
		}
	}
}

func TestU7Configuration(t *testing.T) {
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
		{name: "no number", env: map[string]string{"TFA_SECRET_BITS": "many"}, problem: "TFA_SECRET_BITS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := twofactorauth.FromEnv(func(name string) string { return c.env[name] }, hostname)
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

func TestU7ManifestMarksSecrets(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, module())
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	for _, f := range manifests[0].Functions {
		for _, p := range append(f.Params, f.Returns.Fields...) {
			got[p.Name] = p.Secret
		}
	}
	want := map[string]bool{"otpauth_str": true, "secret": true, "tfa_token": true, "tfa_configured": false, "tfa_removed": false, "is_enabled": false, "issuer": false}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Errorf("secret: %s\nwant    %s", a, b)
	}
}
