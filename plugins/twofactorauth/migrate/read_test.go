package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"liveapi.host/plugins/twofactorauth/migrate"
)

// secret is 80 bits of base32, as panels and the PAM module make them.
const secret = "JBSWY3DPEHPK3PXP"

// show writes an entry with its secret, which no format prints.
func show(e migrate.Entry) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s", e.Account, string(e.Secret), e.Place, e.Wrong, strings.Join(e.Lost, ";"))
}

func TestReadJSON(t *testing.T) {
	const twice = "the account is there more than once"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"none":               {"{}", nil},
		"a byte order mark":  {"\ufeff{\"ann\":\"" + secret + "\"}", []string{"ann|" + secret + "|line 1||"}},
		"both forms":         {"{\n\"ann\": \"" + secret + "\",\n\n \"bob\" : {\"issuer\":\"x\", \"secret\":\"" + secret + "\", \"more\":{\"secret\":1}}}", []string{"ann|" + secret + "|line 2||", "bob|" + secret + "|line 4||"}},
		"as people write it": {`{"a":" jbsw-y3dp ehpk 3pxp\t","b":"` + secret + `=="}`, []string{"a|" + secret + "|line 1||", "b|" + secret + "|line 1||"}},
		"what is right for it": {`{"a":{"secret":"` + secret + `","digits":6,"period":"30","algorithm":"SHA-1"}}`,
			[]string{"a|" + secret + "|line 1||"}},
		"other codes": {`{"a":{"secret":"` + secret + `","digits":8},"b":{"secret":"` + secret + `","period":60},"c":{"secret":"` + secret + `","algorithm":"SHA256"}}`,
			[]string{"a||line 1|its codes do not have six digits|", "b||line 1|its codes are not for 30 seconds|", "c||line 1|its codes are not made by SHA-1|"}},
		"no secret": {`{"a":{},"b":{"secret":null},"c":{"secret":["` + secret + `"]},"d":null,"e":[],"f":7,"g":{"Secret":"` + secret + `"}}`,
			[]string{"a||line 1|it has no member secret that is a text|", "b||line 1|it has no member secret that is a text|",
				"c||line 1|it has no member secret that is a text|", "d||line 1|it is neither a secret nor an object with one|",
				"e||line 1|it is neither a secret nor an object with one|", "f||line 1|it is neither a secret nor an object with one|",
				"g||line 1|it has no member secret that is a text|"}},
		"two secrets of one account": {`{"a":{"secret":"` + secret + `","secret":"GEZDGNBVGY3TQOJQ"}}`, []string{"a||line 1|a member of it is there more than once|"}},
		"one account thrice": {"{\"a\":\"" + secret + "\",\n\"b\":\"" + secret + "\",\n\"a\":\"\",\"\\u0061\":{}}",
			[]string{"a|" + secret + "|line 1|" + twice + "|", "b|" + secret + "|line 2||", "a||line 3|" + twice + "|", "a||line 3|" + twice + "|"}},
	} {
		t.Run(name, func(t *testing.T) {
			entries, err := migrate.ReadJSON(strings.NewReader(c.text))
			var got []string
			for _, e := range entries {
				got = append(got, show(e))
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\n got %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestReadJSONRefusesTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "it is not a JSON object of accounts",
		"[]":                          "it is not a JSON object of accounts",
		"\"" + secret + "\"":          "it is not a JSON object of accounts",
		"{\"a\":\"" + secret:          "it is not JSON from line 1 on",
		"{\n\"a\":\"x\",\n" + secret:  "it is not JSON from line",
		"{\"a\":\"x\"":                "it is not JSON from line 1 on",
		"{\"a\":\"x\"}{}":             "has more data after its object",
		"{\"a\":\"x\"} x":             "has more data after its object",
		"{1:\"x\"}":                   "it is not JSON from line 1 on",
		strings.Repeat(" ", 64<<20+1): "it is longer than 67108864 bytes",
	} {
		entries, err := migrate.ReadJSON(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) || entries != nil {
			t.Errorf("%.40q: %v, %v; want %s", text, entries, err, want)
		}
	}
}

// The lines are counted once, not once for each account: the time to read a file is
// linear in its size.
func TestReadJSONOfManyAccounts(t *testing.T) {
	const accounts = 200_000
	var text strings.Builder
	text.WriteString("{")
	for i := range accounts {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, "\n\"user%d\": \"%s\"", i, secret)
	}
	text.WriteString("}")
	began := time.Now()
	entries, err := migrate.ReadJSON(strings.NewReader(text.String()))
	if err != nil || len(entries) != accounts || entries[accounts-1].Place != fmt.Sprint("line ", accounts+1) {
		t.Fatalf("%d accounts, %v", len(entries), err)
	}
	if took := time.Since(began); took > 20*time.Second { // it was minutes
		t.Errorf("%d accounts took %v", accounts, took)
	}
}

func TestSecretsThatAreTaken(t *testing.T) {
	for text, want := range map[string]string{
		secret: "", strings.ToLower(secret): "", "jbsw y3dp-ehpk\t3pxp": "", secret + "==== ": "", secret + "\r": "",
		"": "its secret is empty", " - ": "its secret is empty", "====": "its secret is empty",
		"JBSWY3DPEHPK3PX":            "its secret has 75 bits, at least 80 are needed",
		"JBSWY3DPEHPK3P":             "its secret is not base32: characters are missing",
		secret + "A":                 "its secret is not base32: characters are missing",
		secret + "AAA":               "its secret is not base32: characters are missing",
		secret + "AAAAAA":            "its secret is not base32: characters are missing",
		"0BSWY3DPEHPK3PXP":           "its secret is not base32: only the letters",
		"JBSWY3DP=EHPK3PX":           "its secret is not base32: only the letters",
		"JBSWY3DPEHPK3PXı":           "its secret is not base32", // its upper case is I, and it has two bytes
		"JBSWY3DPEHPK3Pıı":           "its secret is not base32",
		"ſBSWY3DPEHPK3Pſ":            "its secret is not base32",
		strings.Repeat("A", 65):      "its secret is not base32: characters are missing",
		strings.Repeat("A", 72):      "its secret is longer than 64 characters",
		strings.Repeat("A", 64):      "",
		strings.Repeat("A", 26):      "",
		"JBSWY3DPEHPK3PXP\u00a0AAAA": "its secret is not base32",
	} {
		e, err := migrate.ReadAuthenticator("ann", strings.NewReader(text+"\n\" TOTP_AUTH\n"))
		if err != nil || want == "" && e.Wrong != "" || want != "" && !strings.HasPrefix(e.Wrong, want) || (e.Secret == "") != (e.Wrong != "") {
			t.Errorf("%q: %q, %v; want %q", text, e.Wrong, err, want)
		}
	}
}

func TestReadAuthenticator(t *testing.T) {
	const timed = "\n\" TOTP_AUTH\n"
	for name, c := range map[string]struct{ text, want string }{
		"as it is made":        {secret + "\n\" RATE_LIMIT 3 30\n\" WINDOW_SIZE 17\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n12345678\n87654321\n", secret + "|line 1||2 emergency codes: make recovery codes instead"},
		"without a last break": {secret + "\n\" TOTP_AUTH", secret + "|line 1||"},
		"breaks of Windows":    {secret + "\r\n\" TOTP_AUTH\r\n", secret + "|line 1||"},
		"a step of 30":         {secret + timed + "\" STEP_SIZE 30\n", secret + "|line 1||"},
		"another step":         {secret + timed + "\" STEP_SIZE 60\n", "|line 1|its codes are not for 30 seconds|"},
		"counted":              {secret + "\n\" HOTP_COUNTER 1\n11111111\n", "|line 1|its codes are counted, not time-based|"},
		"both":                 {secret + timed + "\" HOTP_COUNTER 1\n", "|line 1|its codes are counted, not time-based|"},
		"neither":              {secret + "\n11111111\n", "|line 1|it does not say that its codes are time-based (TOTP_AUTH)|"},
		"a clock that is off":  {secret + timed + "\" TIME_SKEW -3\n", secret + "|line 1||that the device's clock is off (TIME_SKEW): set it right"},
		"a clock that is not":  {secret + timed + "\" TIME_SKEW 0\n", secret + "|line 1||"},
		"nothing":              {"", "|line 1|its secret is empty|"},
		"no secret":            {"\" TOTP_AUTH\n" + secret + "\n", "|line 1|its secret is not base32"},
		"no option":            {secret + "\n\"TOTP_AUTH\nTOTP_AUTH\n", "|line 1|it does not say that its codes are time-based"},
	} {
		e, err := migrate.ReadAuthenticator("ann", strings.NewReader(c.text))
		if got := show(e); err != nil || !strings.HasPrefix(got, "ann|"+c.want) || strings.HasSuffix(c.want, "|") && got != "ann|"+c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	for _, text := range []string{
		secret + "\n" + strings.Repeat("\n", 64<<10),
		strings.Repeat("A", 70<<10),
	} {
		if e, err := migrate.ReadAuthenticator("ann", strings.NewReader(text)); err == nil || e.Secret != "" {
			t.Errorf("%d bytes are read: %v", len(text), e)
		}
	}
}

// No format prints a secret.
func TestSecretIsNotPrinted(t *testing.T) {
	e, err := migrate.ReadAuthenticator("ann", strings.NewReader(secret+"\n\" TOTP_AUTH\n"))
	if err != nil || string(e.Secret) != secret {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(format, e); strings.Contains(text, secret) ||
			strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret)) {
			t.Errorf("%s prints the secret", format)
		}
	}
}
