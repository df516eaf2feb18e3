package twofactorauth

import (
	"net/url"
	"strings"
	"testing"
)

func TestU7URI(t *testing.T) {
	for _, c := range []struct{ issuer, account, want string }{
		{"host.example.com", "alice", "otpauth://totp/host.example.com:alice?secret=JBSWY3DPEHPK3PXP&issuer=host.example.com"},
		{"My Host & Co", "al ice@example.com", "otpauth://totp/My%20Host%20%26%20Co:al%20ice%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=My%20Host%20%26%20Co"},
		{"a+b=c?d#e%f/g", "ü", "otpauth://totp/a%2Bb%3Dc%3Fd%23e%25f%2Fg:%C3%BC?secret=JBSWY3DPEHPK3PXP&issuer=a%2Bb%3Dc%3Fd%23e%25f%2Fg"},
	} {
		if got := otpauth(c.issuer, c.account, "JBSWY3DPEHPK3PXP"); got != c.want {
			t.Errorf("%q, %q:\n%s\nwant\n%s", c.issuer, c.account, got, c.want)
		}
	}
}

func TestU7LabelsRefused(t *testing.T) {
	for _, s := range []string{"", "a:b", ":", "a\nb", "a\x00", "a\u0085", "\xff", strings.Repeat("a", 256)} {
		if checkLabel(s) == nil {
			t.Errorf("%q is allowed", s)
		}
	}
	for _, s := range []string{"a", "host.example.com", "Ünïcode & more", strings.Repeat("a", 255)} {
		if err := checkLabel(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// What goes in comes out of net/url, which decodes as apps do, and nothing else.
func FuzzU7URIRoundTrip(f *testing.F) {
	for _, s := range []string{"host.example.com", "a b", "a+b", "a&issuer=b", "a?b#c", "%41", "100%", "ü", "🔑", "a/../b", "a;b", "~-._"} {
		f.Add(s, "alice")
		f.Add("host", s)
	}
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
		if err != nil || len(q) != 2 || len(q["secret"]) != 1 || q.Get("secret") != secret || len(q["issuer"]) != 1 || q.Get("issuer") != issuer {
			t.Errorf("%s: query %v, %v", text, q, err)
		}
	})
}
