package render

import (
	"math/rand/v2"
	"strings"
)

// awkward are strings that some format could misread or damage.
var awkward = []string{
	"", " ", "Name", "Text", "yes", "No", "ON", "off", "y", "n", "~", "null", "Null", "NULL", "true", "False", "=", "<<", "-", "?", ":", "- a", "? a", "a: b", "a:", ":a", "#a", "a #b",
	"0", "007", "0777", "0o7", "0x1F", "0b1", "1_000", "1.5", "1.", ".5", "-1", "+1", "1e3", "1E400", "12345678901234567890123", "190:20:30", "1:30", "1:30.5", ".inf", "-.INF", ".NaN",
	"2026-01-01", "2026-1-1 10:00", "2001-12-14t21:59:43.10-05:00", "192.0.2.1", "example.com", "10 bad", "%a", "@a", "`a", "&a", "*a", "!a", "!!str a", "|", ">", "|-", ">2", "'a'", `"a"`, `a"b'c`, "[a", "{a", "a]", "a, b", "---", "--- a", "...",
	"a\nb", "a\n", "a\n\n", "\na", "a\n b", " a\nb", "a \nb", "a\n\nb", "a\r\nb", "a\rb", "a\tb", "\ta", "a\t\nb", "a\n\tb", "a\n# b", "a\n---\nb", "\n", "\n\n", " \n ",
	"a\x00b", "\x1b[31mred", "\x7f", "\u0080", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufeffa", "\ufffd", "\ufffe", "\uffff", "é", "日本語", "😀", "a😀: b",
	"<a>", "]]>", "&amp;", "a&b", "</cpanelresult>", "<!--", "<?xml", "xmlns", "XML", "member", "item", "name", "cpanelresult", "a b", "1a", "a:b", "-a", "_a", "a.b-c",
	strings.Repeat(
		"long words ",
		20,
	), strings.Repeat("long words ", 20) + "x", strings.Repeat("x", 300), strings.Repeat("word: ", 40) + "end", "a\n" + strings.Repeat("b c ", 60) + "d",
	strings.Repeat("a ", 80) + "\tx", strings.Repeat("a ", 80) + " double  blanks", "# " + strings.Repeat("a ", 80) + "b",
}

var numbers = []string{
	"0",
	"-0",
	"1",
	"-1",
	"1.0",
	"1.50",
	"1e5",
	"1E+400",
	"-1e-400",
	"123456789012345678901234567890",
	"0.1",
	"9007199254740993",
	"18446744073709551616",
}

// anyString draws one of the awkward strings, or puts one together.
func anyString(r *rand.Rand) string {
	if r.IntN(3) > 0 {
		return awkward[r.IntN(len(awkward))]
	}
	var s strings.Builder
	for range r.IntN(8) {
		s.WriteString(
			[]string{"a", "b c", " ", "\n", ":", "#", "-", "'", `"`, "\\", "1", "é", "\t", "\x01", "\u0085", "\u2028", "😀", "<", "&", ": ", " #", "\n  "}[r.IntN(22)],
		)
	}
	return s.String()
}

// anyValue draws a JSON value of at most this many levels.
func anyValue(r *rand.Rand, levels int) value {
	kinds := 6
	if levels == 0 {
		kinds = 4
	}
	v := value{kind: kind(r.IntN(kinds))}
	switch v.kind {
	case null:
		v.text = "null"
	case boolean:
		v.text = []string{"true", "false"}[r.IntN(2)]
	case number:
		v.text = numbers[r.IntN(len(numbers))]
	case text:
		v.text = anyString(r)
	case list:
		for range r.IntN(4) {
			v.items = append(v.items, anyValue(r, levels-1))
		}
	case object:
		v = anyObject(r, levels)
	}
	return v
}

func anyObject(r *rand.Rand, levels int) value {
	v := value{kind: object}
	seen := map[string]bool{}
	for range r.IntN(5) {
		if name := anyString(r); !seen[name] {
			seen[name] = true
			v.names, v.items = append(v.names, name), append(v.items, anyValue(r, levels-1))
		}
	}
	return v
}

// write returns a value's JSON.
func (v value) write() string {
	var parts []string
	switch v.kind {
	case text:
		return `"` + jsonText(v.text) + `"`
	case list:
		for _, item := range v.items {
			parts = append(parts, item.write())
		}
		return "[" + strings.Join(parts, ",") + "]"
	case object:
		for i, item := range v.items {
			parts = append(parts, `"`+jsonText(v.names[i])+`":`+item.write())
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return v.text
}
