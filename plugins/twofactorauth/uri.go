package twofactorauth

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// otpauth returns the URI that authenticator apps read from a QR code (U §7;
// algorithm, digits and period keep their defaults). Issuer and
// account have passed checkLabel.
func otpauth(issuer, account, secret string) string {
	i := percent(issuer)
	return "otpauth://totp/" + i + ":" + percent(account) + "?secret=" + percent(secret) + "&issuer=" + i
}

// percent encodes every byte that RFC 3986 section 2.3 does not call
// unreserved. url.QueryEscape writes a space as "+", and apps then show a "+";
// url.PathEscape does not encode "&", which would end the issuer.
func percent(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// checkLabel refuses an issuer or an account that would change the meaning of the
// URI: the colon separates the two.
func checkLabel(s string) error {
	switch {
	case s == "":
		return errors.New("it is empty")
	case len(s) > 255:
		return errors.New("at most 255 bytes are allowed")
	case !utf8.ValidString(s):
		return errors.New("it has to be UTF-8")
	case strings.Contains(s, ":"):
		return errors.New("a colon is not allowed")
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("control characters are not allowed")
	}
	return nil
}
