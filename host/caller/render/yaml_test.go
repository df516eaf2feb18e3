package render

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// fromYAML reads the output of YAML with the library's parser.
func fromYAML(text []byte) (value, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return value{}, err
	}
	return fromNode(document.Content[0])
}

func fromNode(n *yaml.Node) (v value, err error) {
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = object
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].ShortTag() != "!!str" {
				return v, fmt.Errorf("the key %q is a %s", n.Content[i].Value, n.Content[i].Tag)
			}
			item, err := fromNode(n.Content[i+1])
			if err != nil {
				return v, err
			}
			v.names, v.items = append(v.names, n.Content[i].Value), append(v.items, item)
		}
		return v, nil
	case yaml.SequenceNode:
		v.kind = list
		for _, child := range n.Content {
			item, err := fromNode(child)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	}
	v.text = n.Value
	switch {
	case n.Style == 0 && regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`).MatchString(n.Value):
		v.kind = number
	case n.ShortTag() == "!!bool":
		v.kind = boolean
	case n.ShortTag() == "!!null":
		v.kind = null
	case n.ShortTag() == "!!str":
		v.kind = text
	default:
		return v, fmt.Errorf("%q is a %s", n.Value, n.Tag)
	}
	return v, nil
}

func checkYAML(t testing.TB, v value) {
	t.Helper()
	raw := v.write()
	out, err := YAML(json.RawMessage(raw), Palette{})
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	again, err := fromYAML(out)
	if err != nil || again.write() != raw {
		t.Fatalf("%s became\n%s\nwhich is %s, %v", raw, out, again.write(), err)
	}
	painted, err := YAML(json.RawMessage(raw), Colours())
	if err != nil || string(unpaint(painted)) != string(out) {
		t.Fatalf("colour changed the text (%v):\n%q\n%q", err, painted, out)
	}
}

// unpaint removes the codes for colours, and nothing else.
func unpaint(text []byte) []byte {
	return regexp.MustCompile("\x1b\\[(0|3[1-6])m").ReplaceAll(text, nil)
}

// single is an object in which a string is a value, a key, in a list and deep.
func single(s string) value {
	v := value{kind: text, text: s}
	inner := value{kind: object, names: []string{s, "after"}, items: []value{v, {kind: number, text: "1"}}}
	return value{
		kind:  object,
		names: []string{"a", "b", "c"},
		items: []value{v, {kind: list, items: []value{v, v, {kind: list, items: []value{v}}}}, inner},
	}
}

// U §5: every value reads back as the same value.
func TestYAMLKeepsEveryString(t *testing.T) {
	for _, s := range awkward {
		t.Run(fmt.Sprintf("%.20q", s), func(t *testing.T) { checkYAML(t, single(s)) })
	}
}

func TestYAMLKeepsEveryValue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		checkYAML(t, anyObject(r, 4))
	}
}

// A string that readers of YAML 1.1 (Python, Perl, Ruby) would not read as a string
// is quoted; other strings are not.
func TestYAMLQuotesWhatIsNeeded(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"yes", `"yes"`}, {"No", `"No"`}, {"y", `"y"`}, {"on", `"on"`}, {"null", `"null"`}, {"~", `"~"`}, {"", `""`},
		{"007", `"007"`}, {"089", `"089"`}, {"1_000", `"1_000"`}, {"0b11", `"0b11"`}, {"0o7", `"0o7"`}, {"190:20:30", `"190:20:30"`}, {"1:30", `"1:30"`}, {"1.5", `"1.5"`}, {"1e3", `"1e3"`},
		{"2026-01-01", `"2026-01-01"`}, {"2026-13-45", `"2026-13-45"`}, {"2026-1-1 10:00:00", `"2026-1-1 10:00:00"`}, {"=", `"="`}, {"<<", `"<<"`}, {".inf", `".inf"`},
		{"123456", `"123456"`}, {"a: b", `'a: b'`}, {"a #b", `'a #b'`}, {"- a", `'- a'`}, {"\x1b[31m", `"\e[31m"`},
		{"192.0.2.1", `192.0.2.1`}, {"example.com", `example.com`}, {"10 bad", `10 bad`}, {"/home/a", `/home/a`}, {"Hello, Ann!", `Hello, Ann!`}, {"a:b", `a:b`},
		{"otpauth://totp/a:b?secret=C&issuer=d", `otpauth://totp/a:b?secret=C&issuer=d`}, {"a@example.com", `a@example.com`}, {"unlimited", `unlimited`}, {"1.2.3", `1.2.3`},
		{"a\nb\n", "|\n  a\n  b"}, {"a\nb", "|-\n  a\n  b"}, {strings.Repeat("ab ", 40) + "c", ">-\n  " + strings.Repeat("ab ", 40) + "c"},
	} {
		raw := `{"k":"` + jsonText(c.text) + `"}`
		out, err := YAML(json.RawMessage(raw), Palette{})
		if want := "---\nk: " + c.want + "\n"; err != nil || string(out) != want {
			t.Errorf("%q: %q, %v; want %q", c.text, out, err, want)
		}
	}
}

// Numbers keep their literal text, members their order, and the last of two duplicates wins.
func TestYAMLIsLiteral(t *testing.T) {
	out, err := YAML(json.RawMessage(`{"z":123456789012345678901234567890,"a":1.50,"m":-0,"e":1E+400,"z2":[],"o":{},"nil":null,"t":true,"l":[[1],{"b":2}],"a":7}`), Palette{})
	want := "---\nz: 123456789012345678901234567890\na: 7\nm: -0\ne: 1E+400\nz2: []\no: {}\nnil: null\nt: true\nl:\n  - - 1\n  - b: 2\n"
	if err != nil || string(out) != want {
		t.Errorf("%s, %v; want\n%s", out, err, want)
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkYAML(t, single(strings.ToValidUTF8(s, "\ufffd"))) })
}
