package reference_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
)

// checkPage finds unintended markup in a page.
func checkPage(text string) error {
	fence, columns := false, 0
	for i, line := range strings.Split(text, "\n") {
		wrong := func(what string) error { return fmt.Errorf("line %d: %s: %s", i+1, what, line) }
		if strings.HasPrefix(line, "```") {
			fence = !fence
			continue
		}
		if fence {
			continue
		}
		plain := withoutCode(line)
		bars := strings.Count(regexp.MustCompile(`\\\|`).ReplaceAllString(line, ""), "|")
		switch {
		case i == 0 && strings.HasPrefix(line, "<!-- Written by liveapi docs"):
			continue
		case strings.ContainsAny(plain, "<>"):
			return wrong("HTML")
		case strings.HasPrefix(line, "|") && columns != 0 && bars != columns:
			return wrong(fmt.Sprintf("%d bars, %d in the row above", bars, columns))
		case !strings.HasPrefix(line, "|") && bars > 0 && strings.Contains(plain, "|"):
			return wrong("a bar outside of a table")
		case regexp.MustCompile(`^(    |\t|>|[-+=]{3}|=+$|\d+[.)] |- |\+ )`).MatchString(line):
			return wrong("a block")
		case strings.HasPrefix(line, "#") && !regexp.MustCompile(`^#{1,3} [A-Za-z]`).MatchString(line):
			return wrong("a heading")
		}
		columns = 0
		if strings.HasPrefix(line, "|") {
			columns = bars
		}
		for _, m := range regexp.MustCompile(`(^|[^\\])(\\\\)*\]\(([^)]*)\)`).FindAllStringSubmatch(plain, -1) {
			if !regexp.MustCompile(`^([A-Za-z0-9-]+\.(md|json))?(#[a-z0-9_-]+)?$`).MatchString(m[3]) {
				return wrong("a link to " + m[3])
			}
		}
	}
	if fence {
		return fmt.Errorf("a block of code does not end")
	}
	if strings.ContainsAny(text, "\x00\x01\x1f\x7f\u202e\u2028") || strings.ToValidUTF8(text, "") != text {
		return fmt.Errorf("a character that is invisible or changes the direction of text")
	}
	return nil
}

// withoutCode removes escaped characters and then spans of code from a line.
func withoutCode(line string) string {
	var out strings.Builder
	for line != "" {
		switch {
		case line[0] == '\\' && len(line) > 1:
			line = line[2:]
		case line[0] == '`':
			fence := line[:len(line)-len(strings.TrimLeft(line, "`"))]
			rest := line[len(fence):]
			end := regexp.MustCompile("(^|[^`])" + fence + "($|[^`])").FindStringIndex(rest)
			if end == nil {
				out.WriteString(line)
				return out.String()
			}
			at := strings.Index(rest[end[0]:], fence) + end[0]
			line = rest[at+len(fence):]
		default:
			out.WriteByte(line[0])
			line = line[1:]
		}
	}
	return out.String()
}

func TestTheCheckOfPagesSeesMarkup(t *testing.T) {
	const mark = "<!-- Written by liveapi docs -->\n"
	for _, text := range []string{"a <b>", "| a |\n|---|\n| a | b |", "# <x", "    code", "> quote", "[x](http://y)", "![x](y)", "```\nopen", "- item", "a | b", "\u202e"} {
		if checkPage(mark+text) == nil {
			t.Errorf("no markup found in %q", text)
		}
	}
	if err := checkPage(mark + "# A\n\n| a |\n|---|\n| `<b>` \\| \\` |\n\n[A](A.md#b) \\[x\\]\\(y)"); err != nil {
		t.Error(err)
	}
}

func pages(t *testing.T, manifests ...protocol.Manifest) map[string]string {
	t.Helper()
	files, err := reference.New(manifests).Files()
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		texts[f.Name] = string(f.Text)
	}
	return texts
}

func TestPagesSayWhatTheManifestSays(t *testing.T) {
	all := pages(t, shop())
	for page, lines := range map[string][]string{
		"README.md": {"| [Shop](Shop.md) | 2.1 | 6 | Sells things. |", "HTTP is not served by this host yet"},
		"Shop.md": {
			"Version 2.1.", "| [list](#list-api-2) | API 2 | Lists, as rows. |", "UAPI. Needs the feature `shop`. Demo accounts may not call it.",
			"| `price` | a number | yes |  |  | Its price. |", "| `tag` | a text | yes | yes |  | A word for it. |", "| `card` | a text | yes |  | yes | The card's number. |",
			"| any other name | a text |  |  |  | A tag's text. |",
			"| `[].sizes.*` | a number |", "| `[].maker.name` | a text | The maker's name. |", "| `maker.name` | a text |", "| `tags` | a list, each entry a text |",
			"| You do not have the feature “shop”. | the account lacks the feature “shop” |", "| This feature is not available in demo mode. |",
			"| The parameter “card” is required. | “card” is missing |",
			`{"name": "TEXT", "price": "1", "card": "SECRET", "tag-0": "TEXT", "tag-1": "TEXT"}`, "uapi --input=json Shop add <<'END'",
			"$reply = $cpanel->uapi('Shop', 'add', ['name' => 'TEXT', 'price' => '1', 'card' => 'SECRET', 'tag-0' => 'TEXT', 'tag-1' => 'TEXT']);",
			"my $reply = $cpanel->uapi( 'Shop', 'add', { 'name' => 'TEXT',", "[% result = execute('Shop', 'add', { 'name' => 'TEXT',",
			"curl -H 'Authorization: cpanel USER:TOKEN' --data @- https://HOST:2083/execute/Shop/add <<'END'\nname=TEXT&price=1&card=SECRET&tag-0=TEXT&tag-1=TEXT\nEND",
			"cpapi2 Shop list", "$cpanel->api2('Shop', 'list')", "Api2.exec('Shop', 'list')",
			"$cpanel->api1('Shop', 'list', ['TEXT'])", "Api1.exec('Shop', 'list', 'TEXT')", "`data.result` is a text.", "| 1. `order` |",
			`{ 'NAME' => 'TEXT', 'filter-0' => 'JSON', 'filter-1' => 'JSON' }`,
		},
	} {
		for _, line := range lines {
			if !strings.Contains(all[page], line) {
				t.Errorf("%s does not have: %s", page, line)
			}
		}
		if err := checkPage(all[page]); err != nil {
			t.Error(page, err)
		}
	}
	if t.Failed() {
		t.Log(all["Shop.md"])
	}
	if strings.Count(all["Shop.md"], "/execute/Shop/list") != 1 {
		t.Error("functions of API 2 or API 1 have an HTTP address")
	}
}
