package tags_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/tags"
)

// account has the variables of a host; it records which were looked up.
type account struct {
	values map[string]string // by $name or $name{key}
	asked  []string
}

func (a *account) Lookup(name, key string) (string, bool) {
	spelled := "$" + name
	if key != "" {
		spelled += "{" + key + "}"
	}
	a.asked = append(a.asked, spelled)
	value, ok := a.values[spelled]
	return value, ok
}

func alice() *account {
	return &account{values: map[string]string{
		"$user": "alice", "$CPDATA{DNS}": "example.com", "$CPDATA{DEMO}": "0", "$CPDATA{a b}": "blank", "$CPDATA{}}": "brace", "$CPERROR{email}": "no such box",
		"$x_1": "one", "$_": "under", "$zero": "0", "$empty": "", "$trick": `$user ${user} \$user`, "$op": "a==b", "$quote": `'x' == 'x'`, "$max": "9007199254740993", "$near": "9007199254740992",
	}}
}

func TestTagsExpand(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"U §9 foo prints foo", "foo", "foo"},
		{"nothing", "", ""},
		{"plain", "$user", "alice"},
		{"single quotes", "$CPDATA{'DNS'}", "example.com"},
		{"double quotes", `$CPDATA{"DNS"}`, "example.com"},
		{"no quotes", "$CPDATA{DNS}", "example.com"},
		{"blanks around the key", "$CPDATA{ 'DNS'\t} $CPDATA{ DNS }", "example.com example.com"},
		{"blanks and braces within quotes", "$CPDATA{'a b'} $CPDATA{'}'}", "blank brace"},
		{"last error", "$CPERROR{'email'}", "no such box"},
		{"several", "$user@$CPDATA{'DNS'}, $user", "alice@example.com, alice"},
		{"next to each other", "$user$user", "alicealice"},
		{"braces end a name", "${user}name ${user}{x}", "alicename alice{x}"},
		{"braces around a key", "${CPDATA{'DNS'}}{", "example.com{"},
		{"digits and underscores", "$x_1 $_ ${x_1}2", "one under one2"},
		{"a name ends before other characters", "$user's $user-x $userä $user.", "alice's alice-x aliceä alice."},
		{"U §9 unknown is empty", "[$nobody][$CPDATA{'NONE'}][$user{'x'}][$CPDATA]", "[][][][]"},
		{"empty key is unknown", "[$user{''}]", "[]"},
		{"no second pass", "$trick", `$user ${user} \$user`},
		{"values do not join to a mention", "$CPDATA{'DEMO'}$empty{", "0$empty{"},
		{"no variable begins", "$ $5 ${} ${5} ${user $CPDATA{} $CPDATA{'DNS' $CPDATA{DNS x} a$", "$ $5 ${} ${5} ${user $CPDATA{} $CPDATA{'DNS' $CPDATA{DNS x} a$"},
		{"a mention within no mention", "$CPDATA{$user}", "$CPDATA{alice}"},
		{"escaped dollar", `\$user \$5 \$`, `$user $5 $`},
		{"pairs of backslashes", `\\$user \\\$user \\\\$user \\$5`, `\alice \$user \\alice \$5`},
		{"other backslashes", `\ \\ \n C:\dir\file \' $user\`, `\ \\ \n C:\dir\file \' alice\`},
		{"two dollars", "$$user", "$alice"},
		{"not UTF-8", "\xff$user\xfe", "\xffalice\xfe"},
		{"name of 64 and 65 bytes", "[$" + strings.Repeat("n", 64) + "][$" + strings.Repeat("n", 65) + "]", "[long][]"},
		{"key of 256 and 257 bytes", "[$k{'" + strings.Repeat("k", 256) + "'}][$k{'" + strings.Repeat("k", 257) + "'}]", "[long][]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			vars := alice()
			for _, n := range []int{64, 65} {
				vars.values["$"+strings.Repeat("n", n)] = "long"
			}
			for _, n := range []int{256, 257} {
				vars.values["$k{"+strings.Repeat("k", n)+"}"] = "long"
			}
			got, err := tags.Expand(c.text, vars)
			if err != nil || got != c.want {
				t.Errorf("%q gives %q, %v; want %q", c.text, got, err, c.want)
			}
			for _, asked := range vars.asked {
				if strings.Contains(asked, strings.Repeat("n", 65)) || strings.Contains(asked, strings.Repeat("k", 257)) {
					t.Errorf("the host was asked for %d bytes", len(asked))
				}
			}
		})
	}
}

func TestTagsExpandIsBounded(t *testing.T) {
	const limit = 1 << 20
	vars := &account{values: map[string]string{"$v": strings.Repeat("v", 1024)}}
	for _, c := range []struct {
		name, text string
		length     int
		good       bool
	}{
		{"text at the bound", strings.Repeat("x", limit), limit, true},
		{"text over it", strings.Repeat("x", limit+1), 0, false},
		{"values at the bound", strings.Repeat("$v", 1024), limit, true},
		{"values and one byte", strings.Repeat("$v", 1024) + ".", 0, false},
		{"one value too many", strings.Repeat("$v", 1025), 0, false},
		{"far over", strings.Repeat("$v", 500_000), 0, false},
		{"shrinks below it", strings.Repeat("$nobody", 200_000) + ".", 1, true},
	} {
		got, err := tags.Expand(c.text, vars)
		if len(got) != c.length || (err == nil) != c.good {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
		if !c.good {
			refused(t, err, "1048576", "in parts")
		}
	}
	if len(vars.asked) > 1024+3*1025+200_000 {
		t.Errorf("looked up %d times: it goes on past the bound", len(vars.asked))
	}
}

func TestTagsExpandIsLinear(t *testing.T) {
	for _, unit := range []string{"$", `\$`, "$a{", "$a{'", `$a{"`, "${a", "$a{ ", `$a{'$a{"`, "$a"} {
		text := strings.Repeat(unit, (1<<20)/len(unit)-1)
		if _, err := tags.Expand(text, alice()); err != nil { // takes minutes if it is quadratic
			t.Errorf("%q: %v", unit, err)
		}
	}
}

func TestTagsSetvar(t *testing.T) {
	for _, c := range []struct{ name, text, variable, value string }{
		{"plain", "debug=1", "debug", "1"},
		{"first = divides", "a=b=c", "a", "b=c"},
		{"empty value", "a=", "a", ""},
		{"value as it is", "a_1= $user 'x' ", "a_1", " $user 'x' "},
		{"64 bytes", strings.Repeat("n", 64) + "=x", strings.Repeat("n", 64), "x"},
		{"4 KiB", "a=" + strings.Repeat("v", 4096), "a", strings.Repeat("v", 4096)},
	} {
		if variable, value, err := tags.ParseSetvar(c.text); err != nil || variable != c.variable || value != c.value {
			t.Errorf("%s: %q, %q, %v", c.name, variable, value, err)
		}
	}
	for _, c := range []struct{ name, text, says string }{
		{"nothing", "", "no ="},
		{"no =", "canary", "no ="},
		{"no name", "=canary", "letter"},
		{"digit first", "1a=canary", "letter"},
		{"underscore first", "_a=canary", "letter"},
		{"blank", "a =canary", "blanks"},
		{"hyphen", "a-b=canary", "letters"},
		{"not ASCII", "ä=canary", "letters"},
		{"dollar", "$a=canary", "letter"},
		{"65 bytes", strings.Repeat("n", 65) + "=canary", "63"},
		{"over 4 KiB", "a=canary" + strings.Repeat("v", 4091), "4096"},
	} {
		variable, value, err := tags.ParseSetvar(c.text)
		if variable+value != "" {
			t.Errorf("%s: %q, %q beside an error", c.name, variable, value)
		}
		refused(t, err, "name=value", c.says)
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes what was sent: %v", c.name, err)
		}
	}
}

func TestTagsArguments(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"blanks", " \t\r\n", nil},
		{"one", "a", []string{"a"}},
		{"several", "a, 'b, c', \"d\"", []string{"a", "b, c", "d"}},
		{"blanks around", " a\t,\n b c ,'d' , \" e \" ", []string{"a", "b c", "d", " e "}},
		{"empty ones", "a,,b,", []string{"a", "", "b", ""}},
		{"one comma", ",", []string{"", ""}},
		{"one comma and blanks", " , ", []string{"", ""}},
		{"empty quotes", `''`, []string{""}},
		{"empty quotes in a row", `"",''`, []string{"", ""}},
		{"the other quote", `'a"b', "a'b"`, []string{`a"b`, "a'b"}},
		{"escapes", `'it\'s \"\\', "\"\'\\"`, []string{`it's "\`, `"'\`}},
		{"other backslashes", `'C:\dir\n', a\,b\\`, []string{`C:\dir\n`, `a\`, `b\\`}},
		{"quotes within", `it's, 5", $CPDATA{'DNS'}`, []string{"it's", `5"`, "$CPDATA{'DNS'}"}},
		{"parentheses", "g(1), )(", []string{"g(1)", ")("}},
		{"variables stay", "$user, '$user', \"$user\"", []string{"$user", "$user", "$user"}},
		{"not ASCII", "'ä, ö', ü", []string{"ä, ö", "ü"}},
		{"1,024", strings.Repeat(",", 1023), make([]string, 1024)},
	} {
		got, err := tags.SplitArguments(c.text)
		if err != nil || strings.Join(got, "\x00") != strings.Join(c.want, "\x00") || len(got) != len(c.want) {
			t.Errorf("%s: %q gives %q, %v; want %q", c.name, c.text, got, err, c.want)
		}
	}
	for _, c := range []struct {
		name, text string
		at         int
		says       string
	}{
		{"open single quote", "a, 'canary", 3, "not closed"},
		{"open double quote", `"canary\"`, 0, "not closed"},
		{"backslash at the end", `"canary\`, 0, "not closed"},
		{"text after a quote", "'canary'b", 8, "follows"},
		{"quote after a quote", "'canary' 'b'", 9, "follows"},
		{"1,025", strings.Repeat(",", 1024), -1, "1024"},
	} {
		got, err := tags.SplitArguments(c.text)
		if got != nil {
			t.Errorf("%s: %q beside an error", c.name, got)
		}
		refused(t, err, c.says)
		if c.at >= 0 {
			refused(t, err, "at byte "+strconv.Itoa(c.at)+":", `'a, b'`)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes what was sent: %v", c.name, err)
		}
	}
}

// refused checks that err may be shown to callers and contains all of these texts.
func refused(t testing.TB, err error, says ...string) {
	t.Helper()
	var coded *protocol.Error
	if !errors.As(err, &coded) || coded.Code != protocol.CodeInvalid {
		t.Fatalf("%v is not a coded error that a caller may read", err)
	}
	for _, s := range says {
		if !strings.Contains(coded.Text, s) {
			t.Errorf("%q does not say %q", coded.Text, s)
		}
	}
}
