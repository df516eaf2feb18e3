package twofactorauth

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/sdk"
)

var update = flag.Bool("update", false, "write the seeds of the fuzz targets anew")

// needSeeds fails a fuzz target whose committed corpus is missing: otherwise it would
// silently fuzz without seeds.
func needSeeds(f *testing.F) {
	f.Helper()
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name())); err != nil || len(entries) == 0 {
		f.Fatalf("no seeds for %s; run go test -run Seeds -update (%v)", f.Name(), err)
	}
}

// seeds returns the corpus of every target: the arguments of each seed.
func seeds(t *testing.T) map[string][][]string {
	all := make(map[string][][]string)
	add := func(target string, values ...string) {
		for _, v := range values {
			all[target] = append(all[target], []string{"string(" + strconv.Quote(v) + ")"})
		}
	}
	add("FuzzS8NormalizeCode", "", "123456", " 123-456", "12345\u00a06", "\t1\t2\t3\t4\t5\t6", "１23456", "1234567", "-12345", "1e5")
	add(
		"FuzzNormalizeRecovery",
		"",
		"abcde-fghjk",
		"OIL00-11oil",
		" 01234 56789\t",
		"abcde-fghju",
		"abcde–fghjk",
		"abcdefghjkm",
		"ABCDEFGHJ\u212a",
		"ABCDEFGHJ\xcb",
	)
	add(
		"FuzzNormalizeSecret",
		"",
		rfcSecret,
		strings.ToLower(rfcSecret),
		"JBSWY3DPEHPK3PX",
		"JBSWY3DPEHPK3P==",
		"JBSWY3DP\nEHPK3PX\n",
		"JBSWY3DPEHPK3PXı",
		"JBSWY3DPEHPK3PXPJBSW\xff\xff\xff\xff",
		strings.Repeat("A", 64),
	)
	for _, s := range []string{"host.example.com", "a b", "a+b", "a&issuer=b", "a?b#c", "%41", "100%", "ü", "🔑", "a/../b", "a;b", "~-._", "a:b", "\xff"} {
		q := "string(" + strconv.Quote(s) + ")"
		all["FuzzUSection7URIRoundTrip"] = append(
			all["FuzzUSection7URIRoundTrip"],
			[]string{q, `string("alice")`},
			[]string{`string("host")`, q},
		)
	}
	records := badRecords()
	for _, r := range []record{{}, {lastStep: 5, fails: failsKept, notBefore: maxSecond}, full(t)} {
		b, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, string(b))
	}
	for _, r := range append(records, `{"schema":1,"secret":"`+rfcSecret+`","last_step":58000000}`) {
		all["FuzzDecodeRecord"] = append(all["FuzzDecodeRecord"], []string{"[]byte(" + strconv.Quote(r) + ")"})
	}
	return all
}

func TestSeedsAreCommitted(t *testing.T) {
	for target, list := range seeds(t) {
		for i, values := range list {
			path := filepath.Join("testdata", "fuzz", target, fmt.Sprintf("case-%02d", i))
			want := "go test fuzz v1\n" + strings.Join(values, "\n") + "\n"
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

// stripped is a second implementation of unspaced, to compare with.
func stripped(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '-' {
			return -1
		}
		return r
	}, s)
}

func FuzzS8NormalizeCode(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := normalizeCode(sdk.NewSecret(s))
		if !ok {
			if got != "" {
				t.Errorf("refused, but the result is %q", got)
			}
			return
		}
		if len(got) != 6 || strings.Trim(got, "0123456789") != "" {
			t.Fatalf("%q became %q", s, got)
		}
		if rest := stripped(s); rest != got {
			t.Errorf("%q became %q: more than blanks and hyphens was removed", s, got)
		}
		if _, ok := normalizeRecovery(s); ok {
			t.Errorf("%q is both a security code and a recovery code", s)
		}
	})
}

func FuzzNormalizeRecovery(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := normalizeRecovery(s)
		if !ok {
			if got != "" {
				t.Errorf("refused, but the result is %q", got)
			}
			return
		}
		if len(got) != recoveryLength || strings.Trim(got, crockford) != "" {
			t.Fatalf("%q became %q", s, got)
		}
		for i, c := range []byte(stripped(s)) {
			same := c == got[i] || c >= 'A' && c <= 'Z' && c+'a'-'A' == got[i]
			if !same && !(got[i] == '0' && strings.IndexByte("oO", c) >= 0) && !(got[i] == '1' && strings.IndexByte("iIlL", c) >= 0) {
				t.Errorf("%q became %q: byte %d changed", s, got, i)
			}
		}
		for _, again := range []string{got, strings.ToUpper(got), got[:5] + "-" + got[5:]} {
			if once, ok := normalizeRecovery(again); !ok || once != got {
				t.Errorf("%q became %q, and %q %q", s, got, again, once)
			}
		}
	})
}

func FuzzNormalizeSecret(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := normalizeSecret(s)
		if !ok {
			return
		}
		raw, err := unpadded().DecodeString(got)
		if err != nil || len(raw) < 10 || len(got) != len(s) || !strings.EqualFold(got, s) {
			t.Fatalf("%q became %q: %d bytes, %v", s, got, len(raw), err)
		}
		if again, ok := normalizeSecret(got); !ok || again != got {
			t.Errorf("%q became %q, and that %q", s, got, again)
		}
		if code, err := codeAt(got, 1); err != nil || len(code) != digits {
			t.Errorf("%q: the code %q, %v", got, code, err)
		}
	})
}

// A record that was read is within its bounds, has one written form, and reads back
// as the same.
func FuzzDecodeRecord(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			if r.enabled() || r.lastStep != 0 || r.fails != 0 || r.notBefore != 0 {
				t.Errorf("refused, but the result is %v", r)
			}
			return
		}
		if r.lastStep < 0 || r.lastStep > maxStep || r.fails < 0 || r.fails > failsKept || r.notBefore < 0 || r.notBefore > maxSecond ||
			len(r.recovery.macs) > recoveryCodes {
			t.Fatalf("out of bounds: %v", r)
		}
		if _, ok := normalizeSecret(r.secret.Reveal()); r.enabled() && !ok {
			t.Fatal("the secret is invalid")
		}
		one, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeRecord(one)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if two, err := back.encode(); err != nil || string(two) != string(one) {
			t.Errorf("%s was written as %s, and that as %s", b, one, two)
		}
	})
}

// net/url, which decodes as apps do, reads exactly the same parts back.
func FuzzUSection7URIRoundTrip(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, issuer, account string) {
		if checkLabel(issuer) != nil || checkLabel(account) != nil {
			return
		}
		const secret = "JBSWY3DPEHPK3PXP"
		text := otpauth(issuer, account, secret)
		for i := range len(text) {
			if text[i] <= ' ' || text[i] >= 0x7f || text[i] == '+' {
				t.Fatalf("byte %q in %s", text[i], text)
			}
		}
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+issuer+":"+account || u.Fragment != "" || u.User != nil {
			t.Errorf("%s reads as %#v", text, u)
		}
		if strings.Count(u.EscapedPath(), ":") != 1 {
			t.Errorf("%s: the colon is not literal, or not alone", text)
		}
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(q) != 2 || len(q["secret"]) != 1 || q.Get("secret") != secret || len(q["issuer"]) != 1 ||
			q.Get("issuer") != issuer {
			t.Errorf("%s: query %v, %v", text, q, err)
		}
	})
}
