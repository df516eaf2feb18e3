package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Laws about the rules in docs/spec: every citation of a rule leads to it, and every
// rule has a test that is named after it.

// specification is the file that has the rules of each letter.
var specification = map[string]string{"W": "liveapi-wire.md", "U": "uapi.md", "S": "two-factor.md"}

// rules returns the anchors of docs/spec by their citations: "W14", "U §7", "U §13.1".
// needed are the citations that need a test named after them: every numbered rule, and
// every section without numbered rules.
func rules(t *testing.T) (anchors map[string]string, needed []string) {
	t.Helper()
	anchor := regexp.MustCompile(`<a id="(([wus])(-?)(\d+)(?:-(\d+))?)"></a>(?:\*\*)?(\w+(?: §\d+)?)?`)
	anchors = make(map[string]string)
	for letter, file := range specification {
		section := "" // the current one, until its first rule
		for _, m := range anchor.FindAllStringSubmatch(read(t, "../docs/spec/"+file), -1) {
			name := strings.ToUpper(m[2]) + m[4]
			switch {
			case m[5] != "":
				name = strings.ToUpper(m[2]) + " §" + m[4] + "." + m[5]
			case m[3] != "":
				name = strings.ToUpper(m[2]) + " §" + m[4]
			}
			if m[5] == "" && (m[6] != name || m[2] != strings.ToLower(letter)) {
				t.Errorf("%s: the anchor %s stands before %q", file, m[1], m[6])
			}
			if anchors[name] != "" {
				t.Errorf("%s has the anchor %s twice", file, m[1])
			}
			anchors[name] = file + "#" + m[1]
			switch {
			case m[5] != "": // belongs to its section
			case m[3] != "":
				needed = append(needed, section)
				section = name
			default:
				needed = append(needed, name)
				section = ""
			}
		}
		needed = append(needed, section)
	}
	needed = slices.DeleteFunc(needed, func(name string) bool { return name == "" })
	if len(needed) < 50 {
		t.Fatalf("only %d rules were found", len(needed))
	}
	return anchors, needed
}

var (
	inText = regexp.MustCompile(`(?:^|[^\pL\pN_\\+])([WUS])(?:(\d+(?:\.\d+)?)| ?§ ?(\d+)((?:\.\d+)?))\b`)
	inName = regexp.MustCompile(`([WUS])(Section)?(\d+)`)
)

// citedIn returns the rules that a text cites.
func citedIn(text string) (names []string) {
	for _, m := range inText.FindAllStringSubmatch(text, -1) {
		if m[2] != "" {
			names = append(names, m[1]+m[2])
		} else {
			names = append(names, m[1]+" §"+m[3]+m[4])
		}
	}
	return names
}

// citedInName returns the rules that an identifier cites: W4 and W5 in
// TestW4W5Framing, U §7 in TestUSection7URI. The S of TestASVS651 is the end of
// another word and is not a citation.
func citedInName(identifier string) (names []string) {
	for _, m := range inName.FindAllStringSubmatchIndex(identifier, -1) {
		letter, number := identifier[m[2]:m[3]], identifier[m[6]:m[7]]
		switch {
		case m[0] > 0 && identifier[m[0]-1] >= 'A' && identifier[m[0]-1] <= 'Z':
		case m[4] >= 0:
			names = append(names, letter+" §"+number)
		default:
			names = append(names, letter+number)
		}
	}
	return names
}

// falseFriends look like citations but are not.
var falseFriends = []struct{ file, text, is string }{
	{"Makefile", "U1000", "a check of staticcheck"},
	{"sdk/decode_test.go", "U64", "a field of a struct"},
}

// Every citation of a rule, in any file, leads to an anchor in docs/spec.
func TestEveryCitationLeadsToARule(t *testing.T) {
	anchors, _ := rules(t)
	used := make(map[string]bool)
	known := func(file, name string) bool {
		for _, f := range falseFriends {
			if f.file == file && f.text == name {
				used[file+name] = true
				return true
			}
		}
		return anchors[name] != ""
	}
	count := 0
	for _, path := range sources(t, "") {
		text := read(t, path)
		switch {
		case strings.Contains(path, "/testdata/fuzz/"), strings.Contains(text, "\x00"): // no text of ours
			continue
		case path == "../go.sum", strings.HasSuffix(path, "/laws_spec_test.go"): // hashes, and the list above
			continue
		}
		file := strings.TrimPrefix(path, "../")
		for n, line := range strings.Split(text, "\n") {
			for _, name := range citedIn(line) {
				if count++; !known(file, name) {
					t.Errorf("%s:%d cites %s, which docs/spec does not have", file, n+1, name)
				}
			}
		}
	}
	for name, places := range testNames(t) {
		if anchors[name] == "" {
			t.Errorf("%s is named after %s, which docs/spec does not have", strings.Join(places, ", "), name)
		}
	}
	for _, f := range falseFriends {
		if !used[f.file+f.text] {
			t.Errorf("%s no longer has %s (%s): take it off the list", f.file, f.text, f.is)
		}
	}
	if count < 1000 {
		t.Errorf("only %d citations were found", count)
	}
}

// notBuilt are the rules that no test can be named after yet.
var notBuilt = map[string]string{
	"U6":    "HTTP is not served",
	"U §6":  "HTTP is not served",
	"U §12": "custom modules written in Perl are not run",
}

// Every rule is in the name of a test that would fail without it.
func TestEveryRuleNamesATest(t *testing.T) {
	_, needed := rules(t)
	named := testNames(t)
	for _, name := range needed {
		if notBuilt[name] == "" && named[name] == nil {
			t.Errorf("no test is named after %s", name)
		}
	}
	for name, why := range notBuilt {
		if named[name] != nil || !slices.Contains(needed, name) {
			t.Errorf("%s is not built (%s), but %s is named after it, or it is no rule: take it off the list", name, why, named[name])
		}
	}
}

// testNames returns the tests that are named after each rule: functions of Go and the
// literal names of subtests, methods of PHPUnit, assertions of Perl. A comment or any
// other text is not a name.
func testNames(t *testing.T) map[string][]string {
	t.Helper()
	names := make(map[string][]string)
	add := func(path, test string, cited []string) {
		for _, rule := range cited {
			names[rule] = append(names[rule], strings.TrimPrefix(path, "../")+" "+test)
		}
	}
	for _, path := range sources(t, "_test.go") {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && (strings.HasPrefix(n.Name.Name, "Test") || strings.HasPrefix(n.Name.Name, "Fuzz")) {
					add(path, n.Name.Name, citedInName(n.Name.Name))
				}
			case *ast.CallExpr:
				if run, ok := n.Fun.(*ast.SelectorExpr); ok && run.Sel.Name == "Run" && len(n.Args) == 2 {
					subtest := literal(n.Args[0])
					add(path, subtest, citedIn(subtest))
				}
			}
			return true
		})
	}
	method := regexp.MustCompile(`\bfunction (test\w+)`)
	for _, path := range sources(t, "Test.php") {
		for _, m := range method.FindAllStringSubmatch(read(t, path), -1) {
			add(path, m[1], citedInName(m[1]))
		}
	}
	// The last text of an assertion is its name; of the helper renders, the first.
	const quoted = `(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")`
	assertion := regexp.MustCompile(`(?m)^[^#\n]*\b(?:is|isnt|ok|like|unlike|is_deeply|cmp_ok)\(.*,\s*` + quoted + `\s*\)` +
		`|^\s*renders\(\s*` + quoted)
	for _, path := range sources(t, ".t") {
		for _, m := range assertion.FindAllStringSubmatch(read(t, path), -1) {
			name := strings.Join(m[1:], "")
			add(path, strconv.Quote(name), citedIn(name))
		}
	}
	return names
}

// literal returns the text that an expression begins with, "" when it begins with
// something else.
func literal(e ast.Expr) string {
	for {
		sum, ok := e.(*ast.BinaryExpr)
		if !ok {
			break
		}
		e = sum.X
	}
	if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING {
		s, _ := strconv.Unquote(text.Value) // has been parsed
		return s
	}
	return ""
}
