package tags_test

import (
	"strconv"
	"strings"
	"testing"

	"liveapi.host/protocol/tags"
)

func TestTagsCondition(t *testing.T) {
	long := strings.Repeat("9", 400)
	for _, c := range []struct {
		name, expr string
		want       bool
	}{
		// U §9: !x, and a lone operand.
		{"text", "x", true},
		{"variable", "$user", true},
		{"unknown variable", "$nobody", false},
		{"empty variable", "$empty", false},
		{"variable of 0", "$CPDATA{'DEMO'}", false},
		{"0", "0", false},
		{"quoted 0", "'0'", false},
		{"quoted nothing", `""`, false},
		{"00 is neither empty nor 0", "00", true},
		{"0.0 is neither", "0.0", true},
		{"a blank is neither", "' '", true},
		{"not", "!$user", false},
		{"not unknown", "!$nobody", true},
		{"not 0", "! $CPDATA{'DEMO'} ", true},
		{"not text", "!'x'", false},

		// U §9: the operators.
		{"==", "a==a", true},
		{"== differs", "a==b", false},
		{"=et=", "a=et=a", true},
		{"=et= differs", "a=et=b", false},
		{"!=", "a!=b", true},
		{"!= same", "a!=a", false},
		{"=gt= above", "2=gt=1", true},
		{"=gt= equal", "2=gt=2", false},
		{"=gt= below", "1=gt=2", false},
		{"=gtet= above", "2=gtet=1", true},
		{"=gtet= equal", "2=gtet=2", true},
		{"=gtet= below", "1=gtet=2", false},
		{"=lt= above", "2=lt=1", false},
		{"=lt= equal", "2=lt=2", false},
		{"=lt= below", "1=lt=2", true},
		{"=ltet= above", "2=ltet=1", false},
		{"=ltet= equal", "2=ltet=2", true},
		{"=ltet= below", "1=ltet=2", true},
		{"letters of operators are words", "gt=gt=et", true},

		// Numbers by value, exactly.
		{"9 and 10", "9=lt=10", true},
		{"1 and 1.0", "1==1.0", true},
		{"1 and 01", "'01'==1", true},
		{"+1 and 1", "+1==1", true},
		{".5 and 0.50", ".5==0.50", true},
		{"5. and 5", "5.==5", true},
		{"-0 and 0", "-0.0==0", true},
		{"negative", "-10=lt=-9", true},
		{"negative and positive", "-1=lt=0.5", true},
		{"positive and negative", "0=gt=-0.001", true},
		{"negative fractions", "-1.2=gt=-1.25", true},
		{"fractions", "1.10=gt=1.0999", true},
		{"2^53", "9007199254740993=gt=9007199254740992", true},
		{"2^53 of variables", "$max==$near", false},
		{"400 digits", long + "1=gt=" + long + "0", true},
		{"400 digits of fraction", "0." + long + "=lt=0." + long + "1", true},

		// All else by text.
		{"one number, one text", "10=lt=9a", true},
		{"no exponents", "0e1==0e2", false},
		{"no exponent forms", "1e2==100", false},
		{"no hexadecimal", "0x10==16", false},
		{"no blanks in numbers", "' 1'==1", false},
		{"no number", "'.'==0", false},
		{"no signs alone", "-=='-'", true},
		{"no other digits", "١==1", false},
		{"by bytes", "Z=lt=a", true},
		{"shorter is less", "ab=lt=abc", true},
		{"nothing is less", "''=lt=a", true},
		{"empty is not 0", "''==0", false},

		// Operands.
		{"blanks around", " \t$user\r\n== \n alice ", true},
		{"single quotes", "$user=='alice'", true},
		{"double quotes", `$user=="alice"`, true},
		{"operator in quotes", "'a==b'=='a==b'", true},
		{"variable in double quotes", `"$user of $CPDATA{"DNS"}"=='alice of example.com'`, true},
		{"no variable in single quotes", `'$user'==alice`, false},
		{"dollar in single quotes", `'$user'==\$user`, true},
		{"operator in a key", "$CPDATA{'a==b'}==''", true},
		{"word with variables", "$user@${CPDATA{'DNS'}}.x==alice@example.com.x", true},
		{"no escaped dollar in single quotes", `'\$user'=="\\\$user"`, true},
		{"escapes in double quotes", `"\"\'\\\$user\n"=='"\'\\$user\n'`, true},
		{"escaped quote in single quotes", `'it\'s'=="it's"`, true},
		{"backslashes in words", `a\b\\$user==a\b\alice`, true},
		{"one backslash and a dollar", `\\\$user=='\\$user'`, true},
		{"punctuation of words", "/a-b_c.d:e,f;g#h%i*j+k?l@m[n]{o}^~`==/a-b_c.d:e,f;g#h%i*j+k?l@m[n]{o}^~`", true},
		{"not ASCII", "ä==ä", true},

		// A value never acts as an operator or a quote.
		{"value with an operator", "$op", true},
		{"value with an operator on a side", "$op=='a==b'", true},
		{"value with quotes", "$quote", true},
		{"value with variables", "$trick==$user", false},
		{"value of 0 before one", "$zero==$CPDATA{'DEMO'}", true},
	} {
		if got, err := tags.Holds(c.expr, alice()); err != nil || got != c.want {
			t.Errorf("%s: %s gives %v, %v", c.name, c.expr, got, err)
		}
	}
}

func TestTagsConditionRefused(t *testing.T) {
	for _, c := range []struct {
		name, expr string
		at         int
		says       string
	}{
		{"nothing", "", 0, "missing"},
		{"blanks", "  ", 2, "missing"},
		{"! alone", "!", 1, "missing"},
		{"no left side", " ==x", 1, "before “=”"},
		{"no right side", "x== ", 4, "missing"},
		{"only !=", "!=", 0, "before “!”"},
		{"! twice", "!!x", 1, "before “!”"},
		{"! before a comparison", " !a==b", 1, "x!=y"},
		{"! after an operator", "a==!b", 3, "before “!”"},
		{"two operators", "a==b==c", 4, "second operator"},
		{"two operators, one in quotes", "'a==b'==c=gt=d", 9, "second operator"},
		{"two operators in a row", "a== ==b", 4, "before “=”"},
		{"===", "a===b", 3, "before “=”"},
		{"single =", "a=b", 1, "no operator that exists"},
		{"=ne=", "a=ne=b", 1, "no operator that exists"},
		{"capitals", "a=GT=b", 1, "no operator that exists"},
		{">", "1>2", 1, "“>”"},
		{"&&", "a && b", 2, "“&”"},
		{"parentheses", "(a)", 0, "“(”"},
		{"=~", "a=~b", 1, "no operator that exists"},
		{"Perl's eq", "a eq b", 2, "between two operands"},
		{"two words after an operator", "x==a b", 5, "between two operands"},
		{"two texts", "'a''b'", 3, "between two operands"},
		{"quote in a word", "don't", 3, "quotes of the other kind"},
		{"open single quote", "a=='canary", 3, "not closed"},
		{"open double quote", `"canary`, 0, "not closed"},
		{"closed by the other", `'canary"`, 0, "not closed"},
		{"escaped closing quote", `'canary\'`, 0, "not closed"},
		{"open key", "$CPDATA{'canary", 0, "begins no variable"},
		{"open key in quotes", `"x $CPDATA{canary"==x`, 3, "begins no variable"},
		{"dollar", "a==$", 3, "begins no variable"},
		{"digit", "$5", 0, "begins no variable"},
		{"over 16 KiB", strings.Repeat("x", 16385), 16384, "16384"},
	} {
		vars := alice()
		got, err := tags.Holds(c.expr, vars)
		if got || len(vars.asked) > 0 {
			t.Errorf("%s: %v, asked for %q", c.name, got, vars.asked)
		}
		refused(t, err, "at byte "+strconv.Itoa(c.at)+":", c.says)
		refused(t, err, "!x", "==,", "=et=", "!=", "=gt=", "=gtet=", "=lt=", "=ltet=", "a variable", "a word", "'a text'", `"a text"`)
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes what was sent: %v", c.name, err)
		}
	}
	if _, err := tags.Holds(strings.Repeat("x", 16384), alice()); err != nil {
		t.Error(err)
	}
}

// The variables of both operands are looked up once, left before right, and no others.
func TestTagsConditionLooksUpOnce(t *testing.T) {
	vars := alice()
	if _, err := tags.Holds(`"$user$op"=lt=$CPDATA{'DNS'}`, vars); err != nil || strings.Join(vars.asked, " ") != "$user $op $CPDATA{DNS}" {
		t.Errorf("asked for %q, %v", vars.asked, err)
	}
}

func TestTagsConditionIsBounded(t *testing.T) {
	vars := &account{
		values: map[string]string{"$v": strings.Repeat("v", 1<<10), "$w": strings.Repeat("w", 1<<20), "$x": strings.Repeat("x", 1<<20+1)},
	}
	for _, expr := range []string{strings.Repeat("$v", 1024) + "=lt=$w", "$w=gt=$v"} {
		if got, err := tags.Holds(expr, vars); err != nil || !got {
			t.Errorf("%v, %v", got, err)
		}
	}
	for _, expr := range []string{strings.Repeat("$v", 1025), "$x", "a==$x", "'.'==\".$w\""} {
		_, err := tags.Holds(expr, vars)
		refused(t, err, "1048576")
	}
}
