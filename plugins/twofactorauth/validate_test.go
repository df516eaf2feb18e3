package twofactorauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func validate(h *sdktest.Host, token string) *sdktest.Result {
	return h.Call("validate_token", sdktest.Args{"tfa_token": token})
}

// verdict is the data of validate_token.
type verdict struct {
	Valid  int    `json:"valid"`
	Retry  int    `json:"retry_after"`
	Method string `json:"method"`
}

// verdictOf reads the data, whatever the status is; without data valid is -1.
func verdictOf(r *sdktest.Result) verdict {
	v := verdict{Valid: -1}
	if json.Unmarshal(r.Data, &v) != nil {
		v.Valid = -1
	}
	return v
}

// wrongOf returns six digits that no step near at has as its code.
func wrongOf(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	near := make(map[string]bool)
	for i := -200; i <= 200; i++ {
		near[codeOf(t, secret, at.Add(time.Duration(i)*period))] = true
	}
	for i := range 1000 {
		if code := fmt.Sprintf("%06d", i*997); !near[code] {
			return code
		}
	}
	t.Fatal("found no wrong code")
	return ""
}

const (
	validateFailed = "Failed to validate the security code: "
	lockedText     = "Too many wrong security codes, so that none is accepted any more. Use a recovery code, or ask the administrator."
)

func throttledText(wait string) string {
	return "Too many wrong security codes. Wait " + wait + ", then try again with a new one."
}

func TestS21ValidateToken(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()
	validate(h, codeOf(t, secret, noon)).JSON(`{"method":"","retry_after":0,"valid":0}`) // used by set
	clock.Advance(period)
	code := codeOf(t, secret, clock.Now())
	validate(h, " "+code[:3]+"-"+code[3:]).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	validate(h, code).JSON(`{"method":"","retry_after":0,"valid":0}`)
	validate(h, "no code").JSON(`{"method":"","retry_after":0,"valid":0}`)
	set(h, secret, code).Fails(invalid) // used for set, too
	if n := strings.Count(h.Log(), "replay: "); n != 3 {
		t.Errorf("%d replays in the log, want 3:\n%s", n, h.Log())
	}
	if r := h.Call("validate_token", nil); r.Status != 0 || r.Errors[0] != "The parameter “tfa_token” is required." {
		t.Errorf("without a code: %d, %q", r.Status, r.Errors)
	}

	at := clock.Now().Add(period)
	for codeOf(t, secret, at)[0] != '0' { // a code with a leading zero, which a number would lose
		at = at.Add(period)
	}
	clock.Set(at)
	h.CallJSON("validate_token", `{"tfa_token":`+strings.TrimLeft(codeOf(t, secret, at), "0")+`}`).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
}

// One record throttles every function that checks a code; the texts say how long.
func TestRFC4226Section73EveryDoor(t *testing.T) {
	const removeFailed, recoverFailed = "Failed to remove user configuration: ", "Failed to generate recovery codes: "
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()
	clock.Advance(period)
	wrong := wrongOf(t, secret, noon)
	token := sdktest.Args{"tfa_token": wrong}
	set(h, secret, wrong).Fails(invalid)
	h.Call("remove_user_configuration", token).Fails(removeFailed + "The security code is invalid.")
	h.Call("generate_recovery_codes", token).Fails(recoverFailed + "The security code is invalid.")
	validate(h, wrong).JSON(`{"method":"","retry_after":30,"valid":0}`) // the fourth

	right := codeOf(t, secret, clock.Now())
	stored, err := h.Storage().Get(t.Context(), "configuration")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{right, wrong, "abcde-fghjk", "no code"} {
		if r := validate(h, token).Fails(validateFailed + throttledText("30 seconds")); verdictOf(r) != (verdict{Retry: 30}) {
			t.Errorf("%s: data %s", token, r.Data)
		}
		set(h, secret, token).Fails("Failed to set user configuration: " + throttledText("30 seconds"))
		h.Call("remove_user_configuration", sdktest.Args{"tfa_token": token}).Fails(removeFailed + throttledText("30 seconds"))
		h.Call("generate_recovery_codes", sdktest.Args{"tfa_token": token}).Fails(recoverFailed + throttledText("30 seconds"))
	}
	if after, err := h.Storage().Get(t.Context(), "configuration"); err != nil || after.Version != stored.Version {
		t.Errorf("a throttled call wrote: version %d became %d, %v", stored.Version, after.Version, err)
	}
	clock.Advance(29*time.Second + 999*time.Millisecond) // rounded up
	validate(h, right).Fails(validateFailed + throttledText("1 second"))
	clock.Advance(time.Millisecond)
	validate(h, wrong).JSON(`{"method":"","retry_after":60,"valid":0}`)
	clock.Advance(time.Minute)
	validate(h, codeOf(t, secret, clock.Now())).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	validate(h, wrong).JSON(`{"method":"","retry_after":0,"valid":0}`) // counting starts again
}

// The data with an error (U3) also comes through the pipe of a module's process.
func TestU3ValidateOverThePipe(t *testing.T) {
	clock := sdktest.NewClock(noon)
	h := sdktest.Pipe(t, module(), sdktest.WithClock(clock.Now))
	for range 4 {
		validate(h, "000000").OK()
	}
	if r := validate(h, "000000").Fails(validateFailed + throttledText("30 seconds")); r.Text() != `{"method":"","retry_after":30,"valid":0}` {
		t.Errorf("data %s", r.Data)
	}
}

// After 50 failures in a row no security code is checked, whatever is set, removed or
// waited for; a recovery code ends the lock.
func TestS4RFC4226Section73Locked(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()
	codes := recoveryCodesOf(h, nil)
	for range 50 {
		clock.Advance(time.Hour)
		validate(h, wrongOf(t, secret, clock.Now())).OK()
	}
	if !strings.Contains(h.Log(), "locked: ") {
		t.Errorf("the lock is not in the log:\n%s", h.Log())
	}
	if r := validate(h, codes[0]).Fails(validateFailed + throttledText("3600 seconds")); verdictOf(r) != (verdict{Retry: 3600}) {
		t.Errorf("too early: %s", r.Data)
	}
	clock.Advance(100 * time.Hour)
	code := codeOf(t, secret, clock.Now())
	if r := validate(h, code).Fails(validateFailed + lockedText); verdictOf(r) != (verdict{}) {
		t.Errorf("locked: %s", r.Data)
	}
	set(h, secret, code).Fails("Failed to set user configuration: " + lockedText)
	h.Call("set_user_configuration", sdktest.Args{"secret": secret, "tfa_token": code, "current_tfa_token": codes[0]}).
		Fails("Failed to set user configuration: " + lockedText)
	h.Call("generate_recovery_codes", nil).Fails("Failed to generate recovery codes: " + lockedText)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": code}).Fails("Failed to remove user configuration: " + lockedText)

	validate(h, codes[0]).JSON(`{"method":"recovery","retry_after":0,"valid":1}`)
	validate(h, code).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
}

// Removing a locked configuration leaves the lock.
func TestRFC4226Section73LockSurvivesRemoval(t *testing.T) {
	h, clock := newHost(t)
	for range 50 { // of an account that has nothing configured
		clock.Advance(time.Hour)
		set(h, secret, wrongOf(t, secret, clock.Now())).Fails(invalid)
	}
	clock.Advance(time.Hour)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails("Failed to set user configuration: " + lockedText)
	h.Call("remove_user_configuration", nil).OK()
	set(h, secret, codeOf(t, secret, clock.Now())).Fails("Failed to set user configuration: " + lockedText)

	h = h.As("bob")
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
	for range 4 {
		validate(h, wrongOf(t, secret, clock.Now())).OK()
	}
	h.Call("remove_user_configuration", nil).OK()
	clock.Advance(period - time.Second)
	set(h, secret, codeOf(t, secret, clock.Now())).Fails("Failed to set user configuration: " + throttledText("1 second"))
}

// A not_before too late for any failure means that the clock was wrong.
func TestASVS658NotBeforeFarAhead(t *testing.T) {
	h, clock := newHost(t)
	clock.Set(noon.Add(24 * time.Hour))
	for range 4 {
		validate(h, "000000").OK()
	}
	clock.Set(noon)
	r := validate(h, "000000").Fails(validateFailed + "The server's clock is far behind the last security code that was checked, so that no code can be accepted. Ask the administrator to look into the log.")
	if verdictOf(r) != (verdict{Retry: 24*3600 + 30}) || !strings.Contains(h.Log(), "ALARM: ") {
		t.Errorf("data %s, log:\n%s", r.Data, h.Log())
	}
	clock.Set(noon.Add(24*time.Hour + period))
	validate(h, "000000").OK()
}

// spy counts what a call asks of the storage.
type spy struct {
	sdk.Storage
	asked strings.Builder
}

func (s *spy) Get(ctx context.Context, key string) (sdk.Record, error) {
	s.asked.WriteString("get " + key + "; ")
	return s.Storage.Get(ctx, key)
}

func (s *spy) Swap(ctx context.Context, key string, old sdk.Version, value []byte) (sdk.Version, error) {
	s.asked.WriteString("swap " + key + "; ")
	return s.Storage.Swap(ctx, key, old, value)
}

// An attacker who guesses does not learn whether something is configured: not from
// the responses, the storage calls or the end of the waits.
func TestValidateTellsNothingOfAnAccountWithoutConfiguration(t *testing.T) {
	spies := make(map[string]*spy)
	storage := sdktest.WithStorage(func(_, account string) sdk.Storage {
		spies[account] = &spy{Storage: sdktest.NewMemory()}
		return spies[account]
	})
	h, clock := newHost(t, storage)
	set(h, secret, codeOf(t, secret, noon)).OK()
	spies["alice"].asked.Reset()
	nobody := h.As("nobody")
	for i := range 60 {
		clock.Advance(time.Duration(i) * 70 * time.Second)
		for _, token := range []string{wrongOf(t, secret, clock.Now()), "abcde-fghjk", "no code"} {
			a, b := validate(h, token), validate(nobody, token)
			if a.Status != b.Status || a.Text() != b.Text() || strings.Join(a.Errors, "\n") != strings.Join(b.Errors, "\n") ||
				len(a.Metadata)+len(b.Metadata)+len(a.Warnings)+len(b.Warnings) > 0 {
				t.Fatalf("%d, %s: %d %s %q\nand %d %s %q", i, token, a.Status, a.Data, a.Errors, b.Status, b.Data, b.Errors)
			}
		}
	}
	if a, b := spies["alice"].asked.String(), spies["nobody"].asked.String(); a != b || !strings.Contains(a, "swap") {
		t.Errorf("the storage was asked\n%s\nand\n%s", a, b)
	}
	nobody.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
}

// The codes of nobodysSecret are not accepted.
func TestValidateAcceptsNothingWithoutConfiguration(t *testing.T) {
	h, clock := newHost(t)
	for _, secret := range []string{"AAAAAAAAAAAAAAAA", strings.Repeat("A", 32), secret} {
		clock.Advance(time.Hour)
		code, err := totp.GenerateCode(secret, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		validate(h, code).JSON(`{"method":"","retry_after":0,"valid":0}`)
	}
}

func TestTeamUsers(t *testing.T) {
	spied := &spy{Storage: sdktest.NewMemory()}
	h, clock := newHost(t, sdktest.WithStorage(func(_, account string) sdk.Storage {
		if account == "" { // the administrator's settings, which are read meanwhile
			return sdktest.NewMemory()
		}
		return spied
	}))
	team := func(user, token string) *sdktest.Result {
		return h.Call("validate_token", sdktest.Args{"team_user": user, "tfa_token": token})
	}
	record := `{"schema":2,"secret":"` + secret + `","last_step":1}`
	if _, err := h.Storage().Swap(t.Context(), "configuration/team/ann", 0, []byte(record)); err != nil {
		t.Fatal(err)
	}
	h.Call("get_team_user_configuration", sdktest.Args{"team_user": "ann"}).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.Call("get_team_user_configuration", sdktest.Args{"team_user": "ben"}).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
	h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)

	code := codeOf(t, secret, clock.Now())
	team("ann", code).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	for range 3 {
		team("ann", code).JSON(`{"method":"","retry_after":0,"valid":0}`)
	}
	team("ann", code).JSON(`{"method":"","retry_after":30,"valid":0}`)
	team("ann", code).Fails(validateFailed + throttledText("30 seconds"))
	validate(h, code).JSON(`{"method":"","retry_after":0,"valid":0}`) // the account has a record of its own

	spied.asked.Reset()
	for i := range 100 {
		team(fmt.Sprint("guess", i), code).JSON(`{"method":"","retry_after":0,"valid":0}`)
	}
	if strings.Contains(spied.asked.String(), "swap") {
		t.Error("guesses at names are stored")
	}
	for _, bad := range []string{"a/b", "a b", ".a", "-a", "@", "ä", "a\n", strings.Repeat("a", 65), "a:b"} {
		for _, r := range []*sdktest.Result{team(bad, code), h.Call("get_team_user_configuration", sdktest.Args{"team_user": bad})} {
			if r.Status != 0 || !strings.HasPrefix(r.Errors[0], "The parameter “team_user” is not a valid name of a team user: ") {
				t.Errorf("%q: %d, %q", bad, r.Status, r.Errors)
			}
		}
	}
	if r := team("a/b", code); verdictOf(r).Valid != 0 {
		t.Errorf("data %s", r.Data)
	}
}

// The docs of functions that UAPI does not have say so in the first lines.
func TestS20ExtensionsAreMarked(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, twofactorauth.New(twofactorauth.Config{Issuer: "host"}))
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	documented := []string{
		"generate_user_configuration",
		"set_user_configuration",
		"get_user_configuration",
		"remove_user_configuration",
		"get_team_user_configuration",
		"twofactorauth_policy_status",
		"twofactorauth_enable_policy",
		"twofactorauth_disable_policy",
		"twofactorauth_generate_tfa_config",
		"twofactorauth_set_tfa_config",
		"twofactorauth_get_user_configs",
		"twofactorauth_remove_user_config",
		"twofactorauth_get_issuer",
		"twofactorauth_set_issuer",
		"twofactorauth_get_tfa_config_for_user",
		"twofactorauth_set_tfa_config_for_user",
	}
	for _, f := range manifests[0].Functions {
		lines := strings.Split(f.Doc, "\n")
		marked := len(lines) > 1 && lines[1] == "Not part of UAPI: an extension of this project."
		if is := strings.Contains(strings.Join(documented, " "), f.Name); is == marked {
			t.Errorf("%s: marked %v, documented %v", f.Name, marked, is)
		}
	}
}
