package twofactorauth_test

import (
	"encoding/json"
	"strings"
	"testing"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// fleet returns a host that knows alice, bob and root.
func fleet(t testing.TB) (*sdktest.Host, *sdktest.Clock) {
	return newHost(t,
		sdktest.WithAccountInfo(sdk.Account{Name: "alice", Domains: []sdk.Domain{{Name: "alice.test", Kind: sdk.MainDomain}}}),
		sdktest.WithAccountInfo(sdk.Account{Name: "bob"}),
		sdktest.WithAccountInfo(sdk.Account{Name: "root"}))
}

// wrong returns a code that differs from the right one in its first digit.
func wrong(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

// U §7: when the policy is off, every function of every account is denied; when it is
// on again, the configurations are as before.
func TestWHMPolicy(t *testing.T) {
	h, clock := fleet(t)
	h.WHM1("twofactorauth_policy_status", nil).JSON(`{"is_enabled":1}`)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
	h.WHM1("twofactorauth_disable_policy", nil).OK()
	h.WHM1("twofactorauth_policy_status", nil).JSON(`{"is_enabled":0}`)
	clock.Advance(period)
	const off = "Two-factor authentication is turned off by the administrator."
	code := codeOf(t, secret, clock.Now())
	for function, args := range map[string]sdktest.Args{
		"generate_user_configuration": nil,
		"set_user_configuration":      {"secret": secret, "tfa_token": code},
		"validate_token":              {"tfa_token": code},
		"generate_recovery_codes":     nil,
	} {
		if r := h.Call(function, args); r.Status != 0 || !strings.HasSuffix(r.Errors[0], off) {
			t.Errorf("%s: %d %v", function, r.Status, r.Errors)
		}
	}
	h.WHM1("twofactorauth_generate_tfa_config", nil).Fails(off)
	h.WHM1("twofactorauth_set_tfa_config", sdktest.Args{"secret": secret, "tfa_token": code}).Fails(off)
	h.WHM1("twofactorauth_set_tfa_config_for_user", sdktest.Args{"user": "bob", "secret": secret, "tfa_token": code}).Fails(off)
	r := h.Call("get_user_configuration", nil)
	if r.JSON(`{"is_enabled":0,"issuer":"host.example.com"}`); string(r.Metadata["policy_enabled"]) != "0" {
		t.Errorf("metadata %v", r.Metadata)
	}
	h.WHM1("twofactorauth_enable_policy", nil).OK()
	h.Call("get_user_configuration", nil).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.Call("validate_token", sdktest.Args{"tfa_token": code}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
}

// U §7: the issuer that root has set overrides that of the configuration.
func TestWHMIssuer(t *testing.T) {
	h, _ := fleet(t)
	h.WHM1("twofactorauth_get_issuer", nil).JSON(`{"issuer":"host.example.com"}`)
	h.WHM1("twofactorauth_set_issuer", sdktest.Args{"issuer": "Ünit & Co"}).JSON(`{"success":1}`)
	h.WHM1("twofactorauth_get_issuer", nil).JSON(`{"issuer":"Ünit & Co"}`)
	h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"Ünit & Co"}`)
	r := h.Call("generate_user_configuration", nil)
	r.OK()
	if !strings.Contains(string(r.Data), "otpauth://totp/%C3%9Cnit%20%26%20Co:alice?") {
		t.Errorf("otpauth_str in %s", r.Data)
	}
	h.WHM1("twofactorauth_set_issuer", sdktest.Args{"issuer": "a:b"}).Fails("The parameter “issuer” cannot stand in an otpauth URI: a colon is not allowed: 1 to 255 bytes of UTF-8 without a colon and control characters are allowed.")
	h.WHM1("twofactorauth_set_issuer", nil).OK()
	h.WHM1("twofactorauth_get_issuer", nil).JSON(`{"issuer":"host.example.com"}`)
}

// U §7: root's own configuration, with the text of a wrong code in WHM's form.
func TestWHMOwnConfiguration(t *testing.T) {
	h, clock := fleet(t)
	root := h.As("root")
	var made struct {
		Secret string `json:"secret"`
	}
	r := root.WHM1("twofactorauth_generate_tfa_config", nil)
	r.OK()
	if err := json.Unmarshal(r.Data, &made); err != nil {
		t.Fatal(err)
	}
	root.WHM1("twofactorauth_set_tfa_config", sdktest.Args{"secret": made.Secret, "tfa_token": wrong(codeOf(t, made.Secret, clock.Now()))}).Fails("The security code is invalid.")
	root.WHM1("twofactorauth_set_tfa_config", sdktest.Args{"secret": made.Secret, "tfa_token": codeOf(t, made.Secret, clock.Now())}).JSON(`{"success":1}`)
	root.Call("get_user_configuration", nil).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
}

// U §7: other accounts' configurations.
func TestWHMUsers(t *testing.T) {
	h, clock := fleet(t)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
	h.WHM1("twofactorauth_get_user_configs", nil).JSON(`{"alice":{"is_enabled":1,"primary_domain":"alice.test"}}`)
	h.WHM1("twofactorauth_get_user_configs", sdktest.Args{"user": "bob"}).JSON(`{"bob":{"is_enabled":0,"primary_domain":""}}`)
	h.WHM1("twofactorauth_get_user_configs", sdktest.Args{"user": "nobody"}).Fails("There is no account “nobody”.")
	args := sdktest.Args{"user": "bob", "secret": secret, "tfa_token": codeOf(t, secret, clock.Now())}
	h.WHM1("twofactorauth_set_tfa_config_for_user", args).JSON(`{"success":1}`)
	h.WHM1("twofactorauth_set_tfa_config_for_user", args).Fails("The security code is invalid.") // it is used up
	h.As("bob").Call("get_user_configuration", nil).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.WHM1("twofactorauth_get_tfa_config_for_user", sdktest.Args{"user": "bob"}).JSON(`{"failures":1,"is_enabled":1,"issuer":"host.example.com","locked":0,"recovery_codes_left":0,"retry_after":0}`)
	h.WHM1("twofactorauth_get_user_configs", nil).JSON(`{"alice":{"is_enabled":1,"primary_domain":"alice.test"},"bob":{"is_enabled":1,"primary_domain":""}}`)

	// A team user has a configuration of his own.
	args["team_user"] = "carl"
	h.WHM1("twofactorauth_set_tfa_config_for_user", args).OK()
	h.As("bob").Call("get_team_user_configuration", sdktest.Args{"team_user": "carl"}).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.As("alice").Call("get_team_user_configuration", sdktest.Args{"team_user": "carl"}).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)

	h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": "bob", "team_user": "carl"}).OK()
	h.WHM1("twofactorauth_remove_user_config", sdktest.Args{"user": "bob", "team_user": "carl"}).JSON(`{"failed":{},"users_modified":["bob"]}`)
	h.As("bob").Call("get_team_user_configuration", sdktest.Args{"team_user": "carl"}).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
	h.As("bob").Call("get_user_configuration", nil).JSON(`{"is_enabled":1,"issuer":"host.example.com"}`)
	h.WHM1("twofactorauth_remove_user_config", sdktest.Args{"user-0": "alice", "user-1": "carl", "user-2": "bob"}).JSON(
		`{"failed":{"carl":"Two-factor authentication is not configured."},"users_modified":["alice","bob"]}`)
	h.WHM1("twofactorauth_remove_user_config", sdktest.Args{"user": "alice"}).Fails("Nothing was removed: alice: Two-factor authentication is not configured.")
	h.WHM1("twofactorauth_get_user_configs", nil).JSON(`{"alice":{"is_enabled":0,"primary_domain":"alice.test"},"bob":{"is_enabled":0,"primary_domain":""}}`)
	// The code that had been accepted is still used up.
	set(h, secret, codeOf(t, secret, clock.Now())).Fails("Failed to set user configuration: The security code is invalid.")
}

// Root can change the record of an account that the host does not know, such as a
// user of LDAP or a deleted account.
func TestWHMUsersThatNobodyKnows(t *testing.T) {
	h, clock := fleet(t)
	set(h.As("#1234"), secret, codeOf(t, secret, clock.Now())).OK()
	h.WHM1("twofactorauth_get_tfa_config_for_user", sdktest.Args{"user": "#1234"}).JSON(`{"failures":0,"is_enabled":1,"issuer":"host.example.com","locked":0,"recovery_codes_left":0,"retry_after":0}`)
	h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": "#1234"}).JSON(`{"success":1}`)
	h.WHM1("twofactorauth_get_user_configs", sdktest.Args{"user": "#1234"}).JSON(`{"#1234":{"is_enabled":1,"primary_domain":""}}`)
	for _, name := range []string{"#1235", "#1234/configuration", "a\x01"} {
		h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": name}).Fails("There is no account “" + name + "”.")
	}
}

// Also in the strict profile root can replace an account's secret without a code of
// the old one, which its owner may have lost, and by a secret that was not issued.
func TestWHMUsersInTheStrictProfile(t *testing.T) {
	clock := sdktest.NewClock(noon)
	h := sdktest.New(t, twofactorauth.New(twofactorauth.Config{Issuer: "host", RequirePending: true, RequireTokenToChange: true}),
		sdktest.WithClock(clock.Now), sdktest.WithAccountInfo(sdk.Account{Name: "alice"}))
	for _, s := range []string{secret, "GEZDGNBVGY3TQOJQ"} {
		h.WHM1("twofactorauth_set_tfa_config_for_user", sdktest.Args{"user": "alice", "secret": s, "tfa_token": codeOf(t, s, clock.Now())}).JSON(`{"success":1}`)
		clock.Advance(2 * period)
		h.Call("validate_token", sdktest.Args{"tfa_token": codeOf(t, s, clock.Now())}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
		clock.Advance(2 * period)
	}
}

// S4: after 50 failures in a row only root or a recovery code helps.
func TestWHMUnlock(t *testing.T) {
	h, clock := fleet(t)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
	for range 50 {
		clock.Advance(3601e9)
		h.Call("validate_token", sdktest.Args{"tfa_token": wrong(codeOf(t, secret, clock.Now()))})
	}
	clock.Advance(3601e9)
	status := func(want string) {
		t.Helper()
		h.WHM1("twofactorauth_get_tfa_config_for_user", sdktest.Args{"user": "alice"}).JSON(want)
	}
	right := func() string { return codeOf(t, secret, clock.Now()) }
	status(`{"failures":50,"is_enabled":1,"issuer":"host.example.com","locked":1,"recovery_codes_left":0,"retry_after":0}`)
	if r := h.Call("validate_token", sdktest.Args{"tfa_token": right()}); r.Status != 0 {
		t.Fatalf("%s", r.Data)
	}
	h.WHM1("twofactorauth_set_tfa_config_for_user", sdktest.Args{"user": "alice", "secret": secret, "tfa_token": right()}).Fails(
		"Too many wrong security codes, so that none is accepted any more. Use a recovery code, or ask the administrator.")
	h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": "alice"}).JSON(`{"success":1}`)
	status(`{"failures":0,"is_enabled":1,"issuer":"host.example.com","locked":0,"recovery_codes_left":0,"retry_after":0}`)
	h.Call("validate_token", sdktest.Args{"tfa_token": right()}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)

	// unlock repairs the record of a clock that was a year ahead; no code works twice.
	used := clock.Now()
	clock.Set(used.AddDate(1, 0, 0))
	h.Call("validate_token", sdktest.Args{"tfa_token": right()}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	clock.Set(used)
	if r := h.Call("validate_token", sdktest.Args{"tfa_token": right()}); r.Status != 0 || !strings.Contains(r.Errors[0], "clock") {
		t.Fatalf("%v %s", r.Errors, r.Data)
	}
	h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": "alice"}).OK()
	if r := h.Call("validate_token", sdktest.Args{"tfa_token": right()}); !strings.Contains(string(r.Data), `"valid":0`) {
		t.Errorf("a code twice: %s", r.Data)
	}
	clock.Advance(3 * period)
	h.Call("validate_token", sdktest.Args{"tfa_token": right()}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	h.WHM1("twofactorauth_unlock_user", sdktest.Args{"user": "nobody"}).Fails("There is no account “nobody”.")
}

// Import keeps what is configured, has a dry run, and can be repeated; export returns
// the same secret.
func TestWHMImportAndExport(t *testing.T) {
	h, clock := fleet(t)
	const other = "GEZDGNBVGY3TQOJQ"
	args := func(s string, more ...string) sdktest.Args {
		a := sdktest.Args{"user": "alice", "secret": s}
		for _, name := range more {
			a[name] = true
		}
		return a
	}
	h.WHM1("twofactorauth_import_tfa_config", args(secret, "dry_run")).OK()
	h.Call("get_user_configuration", nil).JSON(`{"is_enabled":0,"issuer":"host.example.com"}`)
	h.WHM1("twofactorauth_export_tfa_config", sdktest.Args{"user": "alice"}).Fails("Two-factor authentication is not configured.")
	for range 2 {
		h.WHM1("twofactorauth_import_tfa_config", args(secret)).JSON(`{"success":1}`)
	}
	const kept = "Two-factor authentication is configured for the account already, with another secret."
	h.WHM1("twofactorauth_import_tfa_config", args(other)).Fails(kept)
	h.WHM1("twofactorauth_import_tfa_config", args(other, "dry_run")).Fails(kept)
	h.WHM1("twofactorauth_export_tfa_config", sdktest.Args{"user": "alice"}).JSON(`{"secret":"` + secret + `"}`)
	h.Call("validate_token", sdktest.Args{"tfa_token": codeOf(t, secret, clock.Now())}).JSON(`{"method":"totp","retry_after":0,"valid":1}`)
	h.WHM1("twofactorauth_import_tfa_config", args(other, "replace")).OK()
	h.WHM1("twofactorauth_export_tfa_config", sdktest.Args{"user": "alice"}).JSON(`{"secret":"` + other + `"}`)
	// The same authenticator's codes of a step that was used are not good again.
	h.Call("validate_token", sdktest.Args{"tfa_token": codeOf(t, other, clock.Now())}).JSON(`{"method":"","retry_after":0,"valid":0}`)
	for _, bad := range []string{"", "AAAA", "not base32 at all", strings.Repeat("A", 65)} {
		if r := h.WHM1("twofactorauth_import_tfa_config", args(bad)); r.Status != 0 || bad != "" && strings.Contains(r.Errors[0], bad) {
			t.Errorf("%q: %v", bad, r.Errors)
		}
	}
	h.WHM1("twofactorauth_import_tfa_config", sdktest.Args{"user": "nobody", "secret": secret}).Fails("There is no account “nobody”.")
}

// W17: no account can change the settings or another account, with any function.
func TestW17WHMRecordsAreClosed(t *testing.T) {
	server, err := sdk.NewServer(sdk.Options{}, twofactorauth.New(twofactorauth.Config{Issuer: "host"}))
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range manifests[0].Functions {
		if is := f.API == 4; is != strings.HasPrefix(f.Name, "twofactorauth_") {
			t.Errorf("%s is of API %d", f.Name, f.API)
		}
	}
}

// Callers know these texts (U §4). They are the same for a text that is not a code
// and for a used code.
func TestUSection4RejectedCode(t *testing.T) {
	h, clock := fleet(t)
	good := codeOf(t, secret, clock.Now())
	for _, code := range []string{wrong(good), "no code"} {
		set(h, secret, code).Fails("Failed to set user configuration: The security code is invalid.")
		args := sdktest.Args{"secret": secret, "tfa_token": code}
		h.As("root").WHM1("twofactorauth_set_tfa_config", args).Fails("The security code is invalid.")
		args["user"] = "bob"
		h.WHM1("twofactorauth_set_tfa_config_for_user", args).Fails("The security code is invalid.")
	}
	set(h, secret, good).OK()
	set(h, secret, good).Fails("Failed to set user configuration: The security code is invalid.")
}
