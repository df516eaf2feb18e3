package protocol_test

import (
	"regexp"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

var names = []string{
	"", "c", "C", "cP", "cPAddons", "cPGreyList", "Email", "email", "E1", "1E", "E_mail", "É", "E\n", "E\x00", "../E", "E/x",
	"_private", "a_b", "aB9", "A", "Z", "a", "z", "@", "[", "`", "{", "cc", "ca",
	strings.Repeat("A", 64), strings.Repeat("A", 65), "c" + strings.Repeat("A", 63), "c" + strings.Repeat("A", 64),
	"a" + strings.Repeat("_", 63), "a" + strings.Repeat("_", 64),
}

// The regular expressions are W16's own text.
func TestW16Names(t *testing.T) {
	module := regexp.MustCompile(`\A([A-Z][A-Za-z0-9]{0,63}|c[A-Z][A-Za-z0-9]{0,62})\z`)
	function := regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_]{0,63}\z`)
	for _, s := range names {
		if got, want := protocol.ValidModule(s), module.MatchString(s); got != want {
			t.Errorf("ValidModule(%q) = %v, want %v (W16)", s, got, want)
		}
		if got, want := protocol.ValidFunction(s), function.MatchString(s); got != want {
			t.Errorf("ValidFunction(%q) = %v, want %v (W16)", s, got, want)
		}
	}
}

func FuzzW16Names(f *testing.F) {
	module := regexp.MustCompile(`\A([A-Z][A-Za-z0-9]{0,63}|c[A-Z][A-Za-z0-9]{0,62})\z`)
	function := regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_]{0,63}\z`)
	for _, s := range names {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if protocol.ValidModule(s) != module.MatchString(s) || protocol.ValidFunction(s) != function.MatchString(s) {
			t.Errorf("%q", s)
		}
	})
}
