package twofactorauth_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"liveapi.host/sdk/sdktest"
)

func recoveryCodesOf(h *sdktest.Host, args sdktest.Args) []string {
	var made struct {
		Codes []string `json:"recovery_codes"`
	}
	h.Call("generate_recovery_codes", args).Decode(&made)
	return made.Codes
}

// left is metadata.recovery_codes_left.
func left(t testing.TB, h *sdktest.Host) string {
	t.Helper()
	raw, ok := h.Call("get_user_configuration", nil).OK().Metadata["recovery_codes_left"]
	if !ok {
		return "none"
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		t.Fatal(err)
	}
	return n.String()
}

func TestS6S22ASVS651RecoveryCodes(t *testing.T) {
	h, clock := newHost(t)
	h.Call("generate_recovery_codes", nil).Fails("Failed to generate recovery codes: Two-factor authentication is not configured.")
	if got := left(t, h); got != "none" {
		t.Errorf("%s codes are left, but none was made", got)
	}
	set(h, secret, codeOf(t, secret, noon)).OK()
	if got := left(t, h); got != "0" {
		t.Errorf("%s codes are left, want 0", got)
	}
	codes := recoveryCodesOf(h, nil)
	form := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$`)
	seen := make(map[string]bool)
	for _, c := range codes {
		if !form.MatchString(c) || seen[c] {
			t.Errorf("the code %q is malformed or a duplicate (%v)", c, seen[c])
		}
		seen[c] = true
	}
	if len(codes) != 10 || left(t, h) != "10" {
		t.Errorf("%d codes, %s left", len(codes), left(t, h))
	}
	stored, err := h.Storage().Get(t.Context(), "configuration")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		if strings.Contains(string(stored.Value), c) || strings.Contains(string(stored.Value), strings.ReplaceAll(c, "-", "")) {
			t.Errorf("%q is stored as it is", c)
		}
	}

	const accepted, refused = `{"method":"recovery","retry_after":0,"valid":1}`, `{"method":"","retry_after":0,"valid":0}`
	mistyped := strings.NewReplacer("0", "O", "1", "l", "-", " ").Replace(strings.ToUpper(codes[9]))
	validate(h, mistyped).JSON(accepted)
	validate(h, codes[9]).JSON(refused)
	for i, c := range codes[:4] {
		validate(h, strings.ReplaceAll(c, "-", "")).JSON(accepted)
		validate(h, c).JSON(refused)
		if got := left(t, h); got != string('0'+byte(8-i)) {
			t.Errorf("%s codes are left after %d", got, i+2)
		}
	}
	// A recovery code uses up no step.
	clock.Advance(period)
	validate(h, codeOf(t, secret, clock.Now())).JSON(`{"method":"totp","retry_after":0,"valid":1}`)

	fresh := recoveryCodesOf(h, nil)
	validate(h, codes[5]).JSON(refused)
	validate(h, fresh[0]).JSON(accepted)

	// Another secret is another configuration.
	clock.Advance(period)
	const other = "GEZDGNBVGY3TQOJQ"
	if r := set(h, other, codeOf(t, other, clock.Now())).OK(); len(r.Warnings) != 1 {
		t.Errorf("setting again warns %q, want one warning", r.Warnings)
	}
	validate(h, fresh[1]).JSON(refused)
	if got := left(t, h); got != "0" {
		t.Errorf("%s codes are left of the old configuration", got)
	}
	last := recoveryCodesOf(h, nil)
	h.Call("remove_user_configuration", nil).OK()
	validate(h, last[0]).JSON(refused)
	clock.Advance(period)
	if r := set(h, other, codeOf(t, other, clock.Now())).OK(); len(r.Warnings) != 0 {
		t.Errorf("setting warns %q", r.Warnings)
	}
	validate(h, last[0]).JSON(refused)
}

// A code that is sent is checked, even where none is needed.
func TestTokenOfAChangeIsChecked(t *testing.T) {
	h, clock := newHost(t)
	set(h, secret, codeOf(t, secret, noon)).OK()
	clock.Advance(period)
	wrong := wrongOf(t, secret, noon)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": wrong}).Fails("Failed to remove user configuration: The security code is invalid.")
	codes := recoveryCodesOf(h, sdktest.Args{"tfa_token": codeOf(t, secret, clock.Now())})
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codeOf(t, secret, clock.Now())}).Fails("Failed to remove user configuration: The security code is invalid.")
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": ""}).OK() // a field that was not filled in

	clock.Advance(period)
	set(h, secret, codeOf(t, secret, clock.Now())).OK()
	codes = append(recoveryCodesOf(h, nil), codes...)
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codes[10]}).Fails("Failed to remove user configuration: The security code is invalid.")
	h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codes[0]}).JSON(`{"tfa_removed":1}`)
	if r := h.Call("remove_user_configuration", sdktest.Args{"tfa_token": codes[0]}).JSON(`{"tfa_removed":1}`); len(r.Warnings) != 1 {
		t.Errorf("warnings %q", r.Warnings)
	}
}
