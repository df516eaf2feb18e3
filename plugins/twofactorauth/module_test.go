package twofactorauth_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
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
func TestUSection7Functions(t *testing.T) {
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

func TestUSection7GenerateStoresNothing(t *testing.T) {
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

func TestS10GenerateRefusesAccountWithColon(t *testing.T) {
	h, _ := newHost(t)
	h.As("a:b").Call("generate_user_configuration", nil).Fails("Failed to generate user configuration: The account's name cannot stand in an otpauth URI: a colon is not allowed.")
}

func TestS1GenerateWithoutRandomness(t *testing.T) {
	m := twofactorauth.New(twofactorauth.Config{Issuer: "host", Random: bytes.NewReader(nil)})
	r := sdktest.New(t, m).Call("generate_user_configuration", nil)
	if r.Status != 0 || r.Data != nil || !strings.HasPrefix(r.Errors[0], "An internal error occurred (id ") {
		t.Errorf("status %d, data %s, errors %q", r.Status, r.Data, r.Errors)
	}
}

func TestUSection7TokenForms(t *testing.T) {
	at := noon
	for codeOf(t, secret, at)[0] != '0' { // a code with a leading zero, which a number would lose
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

func TestUSection4Arguments(t *testing.T) {
	h, _ := newHost(t)
	bad := "The parameter “secret”"
	for name, c := range map[string]struct{ args, want string }{
		"no token":     {`{"secret":"` + secret + `"}`, "The parameter “tfa_token” is required."},
		"no secret":    {`{"tfa_token":"123456"}`, "The parameter “secret” is required."},
		"empty secret": {`{"secret":"","tfa_token":"123456"}`, "The parameter “secret” is required."},
		"75 bits":      {`{"secret":"JBSWY3DPEHPK3PX","tfa_token":"123456"}`, bad},
		"not base32":   {`{"secret":"JBSWY3DPEHPK3PX!","tfa_token":"123456"}`, bad},
		"nothing":      {`[]`, bad},
	} {
		r := h.CallJSON("set_user_configuration", c.args)
		if r.Status != 0 || len(r.Errors) != 1 || !strings.HasPrefix(r.Errors[0], c.want) || strings.Contains(r.Errors[0], "JBSWY") {
			t.Errorf("%s: status %d, errors %q; want %q and no secret", name, r.Status, r.Errors, c.want)
		}
	}
}

func TestS2RFC6238Section52Window(t *testing.T) {
	for _, c := range []struct {
		strict bool
		offset int // steps from the server's
		want   bool
	}{
		{false, -2, false}, {false, -1, true}, {false, 0, true}, {false, 1, true}, {false, 2, false},
		{true, -1, false}, {true, 0, true}, {true, 1, false},
	} {
		for _, at := range []time.Time{noon, noon.Add(period - 1)} { // both ends of a step
			m := twofactorauth.New(twofactorauth.Config{Issuer: "host", PresentStepOnly: c.strict})
			h := sdktest.New(t, m, sdktest.WithClock(sdktest.NewClock(at).Now))
			r := set(h, secret, codeOf(t, secret, at.Add(time.Duration(c.offset)*period)))
			if (r.Status == 1) != c.want {
				t.Errorf("strict %v, %+d steps at %v: status %d, want accepted %v", c.strict, c.offset, at, r.Status, c.want)
			}
		}
	}
}

// A code is accepted once. The error text for a used code is that for a wrong one;
// only the log distinguishes them.
func TestS3S15RFC6238Section52Replay(t *testing.T) {
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

	other := "GEZDGNBVGY3TQOJQ" // another secret needs a new step, too
	set(h, other, codeOf(t, other, clock.Now())).Fails(invalid)
	clock.Advance(period)
	set(h, other, codeOf(t, other, clock.Now())).OK()
}

// A code of the step ahead uses up the present step's.
func TestS3RFC6238Section52OnlyGreaterSteps(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon.Add(period))).OK()
	set(h, secret, codeOf(t, secret, noon)).Fails(invalid)
	clock.Advance(period)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails(invalid)
	set(h, secret, codeOf(t, secret, clock.Now().Add(period))).OK()
}

func TestS5ASVS658ClockGoesBack(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()

	clock.Advance(-5 * time.Minute)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails(invalid)

	clock.Set(noon.Add(-time.Hour))
	const behind = "Failed to set user configuration: The server's clock is far behind the last security code that was checked, so that no code can be accepted. Ask the administrator to look into the log."
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

// Whatever the clock does and whatever is removed in between: no step is
// accepted twice or after a later one, and none outside of the window.
func TestS3RFC6238Section52Monotonic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	h, clock := newHost(t)
	last, fails := int64(0), 0
	for range 3000 {
		if fails >= 4 {
			clock.Advance(2 * time.Hour) // out of every delay
		}
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
		if fails++; accepted {
			last, fails = step, 0
		}
	}
}

func TestS19ManifestMarksSecrets(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, module())
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		"otpauth_str":       true,
		"secret":            true,
		"tfa_token":         true,
		"current_tfa_token": true,
		"recovery_codes":    true,
		"qr_code":           true,
	}
	got := make(map[string]bool)
	for _, f := range manifests[0].Functions {
		for _, p := range append(f.Params, f.Returns.Fields...) {
			if got[p.Name] = bool(p.Secret); got[p.Name] != want[p.Name] {
				t.Errorf("%s: %s is secret: %v", f.Name, p.Name, p.Secret)
			}
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			t.Errorf("no function has %s", name)
		}
	}
}
