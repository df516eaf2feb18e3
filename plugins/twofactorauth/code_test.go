package twofactorauth

import (
	"bytes"
	"encoding/base32"
	"math/rand/v2"
	"strings"
	"testing"

	"liveapi.host/sdk"
)

// The secret of both RFCs: the ASCII text 12345678901234567890.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestRFC4226AppendixD(t *testing.T) {
	codes := []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"}
	for counter, want := range codes {
		got, err := codeAt(rfcSecret, int64(counter))
		if err != nil || got != want {
			t.Errorf("counter %d: %q, %v; want %q", counter, got, err, want)
		}
	}
}

// The RFC's rows have eight digits; six are their last ones.
func TestRFC6238AppendixB(t *testing.T) {
	for unix, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		step := unix / period
		got, err := codeAt(rfcSecret, step)
		if err != nil || got != want[2:] {
			t.Errorf("at %d: %q, %v; want %q", unix, got, err, want[2:])
		}
		if at, ok, err := match(codeAt, rfcSecret, got, step, 1); !ok || at != step || err != nil {
			t.Errorf("at %d: match says %d, %v, %v; want step %d", unix, at, ok, err, step)
		}
	}
}

// Two steps in one window may have the same code, once in a million: the later
// one has to be used up, or the code would be good a second time.
func TestRFC6238Section52SameCodeInTwoSteps(t *testing.T) {
	const step = 910737 // the first one of this secret whose code is the next one's too
	a, err := codeAt(rfcSecret, step)
	if err != nil {
		t.Fatal(err)
	}
	b, err := codeAt(rfcSecret, step+1)
	if err != nil || a != b {
		t.Fatalf("the codes of %d and the next step differ (%v): the test needs steps with equal codes", step, err)
	}
	if got, ok, err := match(codeAt, rfcSecret, a, step, 1); !ok || got != step+1 || err != nil {
		t.Errorf("match says step %d, %v, %v; want the later step %d", got, ok, err, step+1)
	}
}

func TestS8NormalizeCode(t *testing.T) {
	number := func(s string) (token sdk.Secret) {
		if err := token.UnmarshalJSON([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, c := range []struct {
		name  string
		token sdk.Secret
		want  string // "" is refused
	}{
		{"six digits", sdk.NewSecret("012345"), "012345"},
		{"blanks", sdk.NewSecret(" 012 345 "), "012345"},
		{"a tab and a hyphen", sdk.NewSecret("012-345\t"), "012345"},
		{"a number", number("123456"), "123456"},
		{"a number that lost a zero", number("12345"), "012345"},
		{"the number 0", number("0"), "000000"},
		{"a text is not padded", sdk.NewSecret("12345"), ""},
		{"seven digits", sdk.NewSecret("0123456"), ""},
		{"a number of seven digits", number("1234567"), ""},
		{"a negative number", number("-12345"), ""},
		{"a fraction", number("1234.5"), ""},
		{"an exponent", number("1e5"), ""},
		{"empty", sdk.NewSecret(""), ""},
		{"no-break space: the library trims it", sdk.NewSecret("012345\u00a0"), ""},
		{"ideographic space: the library trims it", sdk.NewSecret("\u3000012345"), ""},
		{"next line: the library trims it", sdk.NewSecret("012345\u0085"), ""},
		{"line feed", sdk.NewSecret("012345\n"), ""},
		{"NUL", sdk.NewSecret("012345\x00"), ""},
		{"Arabic digits", sdk.NewSecret("٠١٢٣٤٥"), ""},
		{"full-width digits", sdk.NewSecret("０１２３４５"), ""},
		{"en dash", sdk.NewSecret("012–345"), ""},
		{"plus", sdk.NewSecret("+12345"), ""},
		{"letters", sdk.NewSecret("abcdef"), ""},
	} {
		got, ok := normalizeCode(c.token)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, ok, c.want)
		}
	}
}

func TestS1RFC4226Section4Secrets(t *testing.T) {
	for _, c := range []struct {
		name, secret, want string // want "" is refused
	}{
		{"80 bits", "JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXP"},
		{"lower case", "jbswy3dpehpk3pxp", "JBSWY3DPEHPK3PXP"},
		{"160 bits", rfcSecret, rfcSecret},
		{"empty: the library takes it", "", ""},
		{"blanks only: the library takes them", "                ", ""},
		{"75 bits", "JBSWY3DPEHPK3PX", ""},
		{"not base32", "JBSWY3DPEHPK3PX1", ""},
		{"padded", "JBSWY3DPEHPK3P==", ""},
		{"no length that base32 can have", "JBSWY3DPEHPK3PXPA", ""},
		{"19 characters", "JBSWY3DPEHPK3PXPJBS", ""},
		{"22 characters: the decoder drops the last one", "JBSWY3DPEHPK3PXPJBSWY3", ""},
		{"line breaks: the decoder skips them", "JBSWY3DP\nEHPK3PX\n", ""},
		{"bytes that the decoder takes for padding", "JBSWY3DPEHPK3PXPJBSW\xff\xff\xff\xff", ""},
		{"a letter that only Unicode calls a capital's twin", "JBSWY3DPEHPK3PXı", ""},
		{"too long", strings.Repeat("A", 72), ""},
	} {
		got, ok := normalizeSecret(c.secret)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, ok, c.want)
		}
		if _, err := codeAt(c.secret, 1); (err == nil) != ok {
			t.Errorf("%s: codeAt says %v", c.name, err)
		}
	}
}

func TestS1RFC4226Section4SecretLengths(t *testing.T) {
	for bits, length := range map[int]int{80: 16, 128: 26, 160: 32} {
		random := bytes.NewReader(bytes.Repeat([]byte{0xa5}, bits/8))
		secret, err := newSecret(random, bits)
		if err != nil || len(secret) != length {
			t.Errorf("%d bits: %d characters, %v; want %d", bits, len(secret), err, length)
		}
		if random.Len() != 0 {
			t.Errorf("%d bits: %d random bytes were left", bits, random.Len())
		}
		if _, ok := normalizeSecret(secret); !ok {
			t.Errorf("%d bits: set would refuse the secret", bits)
		}
		if _, err := newSecret(bytes.NewReader(make([]byte, bits/8-1)), bits); err == nil {
			t.Errorf("%d bits: made from too few random bytes", bits)
		}
	}
}

// For any secret and code, a match is a step of the window with that code.
func TestS9RFC6238Section52MatchProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, 10+r.IntN(11))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
		now, window := r.Int64N(1<<40)+2, r.Int64N(2)
		at := now + r.Int64N(7) - 3
		code, err := codeAt(secret, max(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		step, ok, err := match(codeAt, secret, code, now, window)
		if err != nil {
			t.Fatal(err)
		}
		inside := at >= now-window && at <= now+window
		if inside && !ok {
			t.Fatalf("step %d from %d with window %d: not accepted", at, now, window)
		}
		if ok {
			again, err := codeAt(secret, step)
			if err != nil || again != code || step < now-window || step > now+window {
				t.Fatalf("step %d from %d with window %d: accepted as %d", at, now, window, step)
			}
		}
	}
}
