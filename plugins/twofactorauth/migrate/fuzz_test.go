package migrate_test

import (
	"encoding/base32"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/plugins/twofactorauth/migrate"
)

var update = flag.Bool("update", false, "write the generated seeds of the fuzz targets anew")

// needSeeds fails a fuzz target whose committed corpus is gone.
func needSeeds(f *testing.F) {
	f.Helper()
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name())); err != nil || len(entries) == 0 {
		f.Fatalf("no seeds for %s; run go test -run Seeds -update (%v)", f.Name(), err)
	}
}

// seeds are the corpora of the targets, each of which takes one text.
func seeds() map[string][]string {
	return map[string][]string{
		"FuzzReadJSON": {
			"", "{}", "[]", "\ufeff{}", `{"ann":"` + secret + `"}`, "{\n\"ann\":\n{\"secret\":\"jbsw y3dp-ehpk 3pxp==\",\"digits\":6,\"period\":\"30\",\"algorithm\":\"sha-1\"}}",
			`{"a":"` + secret + `","a":""}`, `{"a":{"secret":"` + secret + `","secret":"x"}}`, `{"\u0061":1,"a":null,"\ud800":[]}`, `{"a":{"secret":{}}}`,
			`{"a":"JBSWY3DPEHPK3PXı"}`, `{"a":"` + secret, `{"a":` + strings.Repeat("[", 40), `{"a":"x"}{}`, `{1:2}`, `{"a" "b"}`, "{\"\xff\":\"\xff\"}", `{"a":{"digits":"\"6"}}`,
		},
		"FuzzReadAuthenticator": {
			"", secret, secret + "\n\" TOTP_AUTH\n", secret + "\n\" RATE_LIMIT 3 30 1700000000\n\" WINDOW_SIZE 17\n\" DISALLOW_REUSE 56666666\n\" TOTP_AUTH\n12345678\n",
			secret + "\r\n\" STEP_SIZE 60\r\n\" TOTP_AUTH\r\n", secret + "\n\" HOTP_COUNTER 1\n", secret + "\n\" TIME_SKEW -2\n\" TOTP_AUTH", "jbsw y3dp ehpk 3pxp==\n\" TOTP_AUTH\n",
			"JBSWY3DPEHPK3PXı\n\" TOTP_AUTH\n", "\" TOTP_AUTH\n" + secret, secret + "\x00\n\" TOTP_AUTH\n", "\n\n\" \n\" STEP_SIZE\n", strings.Repeat("a", 64) + "\n\" TOTP_AUTH",
		},
	}
}

func TestSeedsAreCommitted(t *testing.T) {
	for target, cases := range seeds() {
		for i, text := range cases {
			path := filepath.Join("testdata", "fuzz", target, fmt.Sprintf("case-%02d", i))
			want := "go test fuzz v1\nstring(" + strconv.Quote(text) + ")\n"
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is out of date; run go test -run Seeds -update (%v)", path, err)
			}
		}
	}
}

// An entry has a usable secret or a reason why not. The reasons and the errors have
// only this package's own texts, nothing of the file.
func checkEntry(t *testing.T, e migrate.Entry) {
	t.Helper()
	checkWords(t, e.Wrong)
	for _, lost := range e.Lost {
		checkWords(t, lost)
	}
	s := string(e.Secret)
	if s == "" && e.Wrong == "" {
		t.Fatal("an entry has no secret, and nothing is wrong with it")
	}
	if s == "" {
		return
	}
	if key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s); err != nil || len(key) < 10 || len(key) > 40 ||
		s != strings.ToUpper(s) {
		t.Fatalf("an invalid secret of %d bytes is accepted: %v", len(s), err)
	}
	var file strings.Builder
	if err := migrate.WriteAuthenticator(&file, e.Secret); err != nil {
		t.Fatal(err)
	}
	again, err := migrate.ReadAuthenticator("again", strings.NewReader(file.String()))
	if err != nil || again.Wrong != "" || again.Secret != e.Secret || again.Lost != nil {
		t.Fatalf("a file that we wrote reads back differently: %v, %v", again, err)
	}
	entries, err := migrate.ReadJSON(strings.NewReader(`{"again":"` + s + `"}`))
	if err != nil || len(entries) != 1 || entries[0].Secret != e.Secret || entries[0].Wrong != "" {
		t.Fatalf("a secret is accepted once, but not a second time: %v, %v", entries, err)
	}
}

// ours matches every text of the package, with the numbers in it.
var ours = regexp.MustCompile(`^(` + strings.Join([]string{
	`it is not JSON from line \d+ on`, `it is not a JSON object of accounts`, `it has more data after its object`, `it is longer than \d+ bytes`,
	`the account is there more than once`, `a member of it is there more than once`, `it has no member secret that is a text`,
	`its codes do not have six digits`, `its codes are not for 30 seconds`, `its codes are not made by SHA-1`, `its codes are counted, not time-based`,
	`it is neither a secret nor an object with one`, `it does not say that its codes are time-based \(TOTP_AUTH\)`,
	`\d{1,5} emergency codes: make recovery codes instead`, `that the device's clock is off \(TIME_SKEW\): set it right`,
	`its secret is empty`, `its secret is not base32: (characters are missing|only the letters A to Z and the digits 2 to 7 are)`,
	`its secret has \d\d? bits, at least 80 are needed`, `its secret is longer than 64 characters`, `bufio.Scanner: token too long`,
}, "|") + `)?$`)

// checkWords fails for a text that is not the package's own: it would contain parts
// of the file.
func checkWords(t *testing.T, text string) {
	t.Helper()
	if !ours.MatchString(text) {
		t.Fatalf("the text is not one of the package: %q", text)
	}
}

func FuzzReadJSON(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := migrate.ReadJSON(strings.NewReader(text))
		if err != nil {
			checkWords(t, err.Error())
			if entries != nil {
				t.Fatal("there are both an error and entries")
			}
			return
		}
		taken := make(map[string]bool)
		for _, e := range entries {
			checkEntry(t, e)
			if e.Wrong == "" && taken[e.Account] {
				t.Fatal("an account is taken twice")
			}
			taken[e.Account] = true
		}
	})
}

func FuzzReadAuthenticator(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := migrate.ReadAuthenticator("ann", strings.NewReader(text))
		if err != nil {
			checkWords(t, err.Error())
			return
		}
		checkEntry(t, e)
		if e.Wrong == "" && !strings.Contains(text, "\" TOTP_AUTH") {
			t.Fatal("a file is taken that does not say TOTP_AUTH")
		}
		if e.Account != "ann" || e.Place != "line 1" {
			t.Fatalf("%s at %s", e.Account, e.Place)
		}
	})
}
