package twofactorauth

import (
	"strings"
	"testing"
)

func TestUSection7URI(t *testing.T) {
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

func TestS10LabelsRefused(t *testing.T) {
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
