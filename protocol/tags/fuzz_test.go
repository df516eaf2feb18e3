package tags_test

import (
	"errors"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/tags"
)

// everything are variables that all have the same value.
type everything struct {
	value string
	asked []string
}

func (e *everything) Lookup(name, key string) (string, bool) {
	e.asked = append(e.asked, name+"{"+key+"}")
	return e.value, true
}

// FuzzExpand compares Expand with a regular expression for the same language.
func FuzzExpand(f *testing.F) {
	needSeeds(f)
	const name, key = `[A-Za-z_][A-Za-z0-9_]*`, `\{[ \t\r\n]*(?:'[^']*'|"[^"]*"|[A-Za-z0-9_.-]+)[ \t\r\n]*\}`
	// A name followed by a brace without a key is a text: the fourth form.
	mention := regexp.MustCompile(`(\\*)\$(` + name + key + `|\{` + name + key + `\}|\{` + name + `\}|` + name + `\{|` + name + `)?`)
	unknown := regexp.MustCompile(`[A-Za-z0-9_]{65}|['"{][^{}]{257}|''|""`) // may not be looked up
	f.Fuzz(func(t *testing.T, text, value string) {
		if len(value) > 1000 || len(text) > 1000 || unknown.MatchString(text) {
			return
		}
		var want strings.Builder
		for rest := text; ; {
			m := mention.FindStringSubmatchIndex(rest)
			if m == nil {
				want.WriteString(rest)
				break
			}
			slashes, dollar, end := m[3]-m[2], m[3], m[1]
			want.WriteString(rest[:dollar-slashes+slashes/2])
			switch variable := rest[dollar+1 : end]; {
			case slashes%2 == 1 || variable == "" || strings.HasSuffix(variable, "{"):
				want.WriteByte('$')
				end = dollar + 1 // and the next bytes may begin a variable
			default:
				want.WriteString(value)
			}
			rest = rest[end:]
		}
		vars := &everything{value: value}
		got, err := tags.Expand(text, vars)
		if err != nil || got != want.String() {
			t.Fatalf("%q with %q gives %q, %v; want %q", text, value, got, err, want.String())
		}
		if !strings.Contains(text, "$") && (got != text || len(vars.asked) > 0) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// FuzzCompare: for all values, the operator between two variables is the one that was
// written, and it compares the values as big numbers or as texts.
func FuzzCompare(f *testing.F) {
	needSeeds(f)
	number := regexp.MustCompile(`^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$`)
	f.Fuzz(func(t *testing.T, left, right string) {
		order := strings.Compare(left, right)
		if number.MatchString(left) && number.MatchString(right) {
			a, aok := new(big.Rat).SetString(left)
			b, bok := new(big.Rat).SetString(right)
			if !aok || !bok {
				t.Fatalf("%q, %q", left, right)
			}
			order = a.Cmp(b)
		}
		vars := &account{values: map[string]string{"$l": left, "$r{k}": right}}
		quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`, `$`, `\$`)
		single := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		for _, c := range []struct {
			operator string
			want     bool
		}{
			{"==", order == 0}, {"=et=", order == 0}, {"!=", order != 0},
			{"=gt=", order > 0}, {"=gtet=", order >= 0}, {"=lt=", order < 0}, {"=ltet=", order <= 0},
		} {
			for _, expr := range []string{
				"$l" + c.operator + "$r{'k'}",
				` "$l" ` + c.operator + `"${r{k}}" `,
				"'" + single.Replace(left) + "'" + c.operator + "'" + single.Replace(right) + "'",
				`"` + quote.Replace(left) + `" ` + c.operator + `$r{k}`,
			} {
				if len(expr) > 16<<10 {
					continue
				}
				if got, err := tags.Holds(expr, vars); err != nil || got != c.want {
					t.Fatalf("%q with %q and %q gives %v, %v", expr, left, right, got, err)
				}
			}
		}
		got, err := tags.Holds("$l", vars)
		not, notErr := tags.Holds("!$l", vars)
		if err != nil || notErr != nil || got == not || got != (left != "" && left != "0") {
			t.Fatalf("%q alone gives %v, with ! %v; %v, %v", left, got, not, err, notErr)
		}
	})
}

// FuzzHolds: the values do not change whether a condition can be parsed, its error, and
// which variables are looked up.
func FuzzHolds(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, expr, value string) {
		if len(value) > 64 {
			return
		}
		plain, hostile := &everything{value: "x"}, &everything{value: value}
		_, err := tags.Holds(expr, plain)
		got, hostileErr := tags.Holds(expr, hostile)
		if (err == nil) != (hostileErr == nil) || err != nil && err.Error() != hostileErr.Error() ||
			!slices.Equal(plain.asked, hostile.asked) {
			t.Fatalf("%q with %q: %v, asked for %q; with x: %v, %q", expr, value, hostileErr, hostile.asked, err, plain.asked)
		}
		if err != nil {
			var coded *protocol.Error
			if got || len(plain.asked) > 0 || !errors.As(err, &coded) || coded.Code != protocol.CodeInvalid {
				t.Fatalf("%q: %v, %v, asked for %q", expr, got, err, plain.asked)
			}
			return
		}
		padded, err := tags.Holds(" \t"+expr+"\r\n", hostile)
		if err == nil && padded != got || err != nil && len(expr) < 16<<10-4 {
			t.Fatalf("%q gives %v, within blanks %v, %v", expr, got, padded, err)
		}
	})
}

func FuzzSetvar(f *testing.F) {
	needSeeds(f)
	form := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}=`)
	f.Fuzz(func(t *testing.T, text string) {
		name, value, err := tags.ParseSetvar(text)
		prefix := form.FindString(text)
		if good := prefix != "" && len(text)-len(prefix) <= 4096; (err == nil) != good {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && (name+"=" != prefix || prefix+value != text) || err != nil && name+value != "" {
			t.Fatalf("%q gives %q and %q, %v", text, name, value, err)
		}
	})
}

// FuzzArguments: the quoted form of any list gives the same list, and a text without
// quotes is split at its commas.
func FuzzArguments(f *testing.F) {
	needSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := tags.SplitArguments(text)
		if err != nil {
			if list != nil || !strings.ContainsAny(text, `'"`) && strings.Count(text, ",") < 1024 {
				t.Fatalf("%q gives %q, %v", text, list, err)
			}
			return
		}
		if !strings.ContainsAny(text, `'"`) && strings.Trim(text, " \t\r\n") != "" {
			want := strings.Split(text, ",")
			for i := range want {
				want[i] = strings.Trim(want[i], " \t\r\n")
			}
			if !slices.Equal(list, want) {
				t.Fatalf("%q gives %q", text, list)
			}
		}
		for _, quote := range []string{"'", `"`} {
			var quoted []string
			for _, argument := range list {
				quoted = append(quoted, quote+strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(argument)+quote)
			}
			if back, err := tags.SplitArguments(strings.Join(quoted, "\t, ")); err != nil || !slices.Equal(back, list) {
				t.Fatalf("%q gives %q, and quoted %q, %v", text, list, back, err)
			}
		}
	})
}
