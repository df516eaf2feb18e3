package render

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// U §5: json is exactly the host's bytes; colour only adds codes to them.
func TestJSONIsLiteral(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		raw := json.RawMessage(anyObject(r, 4).write())
		before := bytes.Clone(raw)
		for _, p := range []Palette{{}, Colours()} {
			out, err := JSON(raw, p)
			if err != nil || string(unpaint(out)) != string(raw)+"\n" {
				t.Fatalf("%s became %s, %v", raw, out, err)
			}
			var compact bytes.Buffer
			pretty, err := PrettyJSON(raw, p)
			if err == nil {
				err = json.Compact(&compact, unpaint(pretty))
			}
			if err != nil || compact.String() != string(raw) {
				t.Fatalf("%s became %s, %v", raw, pretty, err)
			}
		}
		if !bytes.Equal(raw, before) {
			t.Fatal("the input was changed")
		}
	}
}

// named returns a painted text with words for the codes.
func named(text []byte) string {
	return strings.NewReplacer("\x1b[36m", "<k>", "\x1b[32m", "<s>", "\x1b[33m", "<n>", "\x1b[31m", "<e>", "\x1b[0m", "</>").
		Replace(string(text))
}

func TestColours(t *testing.T) {
	const failed = `{"a":3,"result":{"data":{"errors":["oh"],"error":"oh"},"errors":["bad: \"x\"","two\nlines"],"messages":null}}`
	for _, c := range []struct {
		format, json, want string
	}{
		{"json", failed, `{<k>"a"</>:<n>3</>,<k>"result"</>:{<k>"data"</>:{<k>"errors"</>:[<s>"oh"</>],<k>"error"</>:<s>"oh"</>},<k>"errors"</>:[<e>"bad: \"x\""</>,<e>"two\nlines"</>],<k>"messages"</>:<n>null</>}}` + "\n"},
		{"jsonpretty", `{"errors":[],"a":"b"}`, "{\n   <k>\"errors\"</>: [],\n   <k>\"a\"</>: <s>\"b\"</>\n}\n"},
		{"json", `{"errors":null,"b":1,"error":"c"}`, `{<k>"errors"</>:<n>null</>,<k>"b"</>:<n>1</>,<k>"error"</>:<e>"c"</>}` + "\n"},
		{"yaml", failed, "---\n<k>a</>: <n>3</>\n<k>result</>:\n  <k>data</>:\n    <k>errors</>:\n      - <s>oh</>\n    <k>error</>: <s>oh</>\n  <k>errors</>:\n    - <e>'bad: \"x\"'</>\n    - <e>|-</>\n      <e>two</>\n      <e>lines</>\n  <k>messages</>: <n>null</>\n"},
		{"yaml", `{"yes":"1","a: b":[{"c":"x\ny","d":[]}],"error":"e"}`, "---\n<k>\"yes\"</>: <s>\"1\"</>\n<k>'a: b'</>:\n  - <k>c</>: <s>|-</>\n      <s>x</>\n      <s>y</>\n    <k>d</>: []\n<k>error</>: <e>e</>\n"},
		{"xml", `{"a":1,"b":{"errors":["x<"]}}`, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<k><cpanelresult></>\n  <k><a type=\"number\"></><n>1</><k></a></>\n  <k><b></>\n    <k><errors list=\"item\"></><e>x&lt;</><k></errors></>\n  <k></b></>\n<k></cpanelresult></>\n"},
	} {
		format, known := Named(c.format)
		if !known {
			t.Fatal(c.format)
		}
		out, err := format(json.RawMessage(c.json), Colours())
		if err != nil || named(out) != c.want {
			t.Errorf("%s of %s:\n%s\n%q, %v, want\n%q", c.format, c.json, out, named(out), err, c.want)
		}
	}
}

func TestFormatsRefuseWhatIsNoJSON(t *testing.T) {
	for _, name := range []string{"yaml", "jsonpretty", "xml"} {
		format, _ := Named(name)
		for _, raw := range []string{"", "{", `{"a":}`, `{"a"`, `[1,`, `{"a":[`} {
			if out, err := format(json.RawMessage(raw), Palette{}); err == nil {
				t.Errorf("%s of %q: %s", name, raw, out)
			}
		}
	}
}

func TestColourFlag(t *testing.T) {
	for _, c := range []struct {
		when string
		want Palette
		bad  bool
	}{{"always", Colours(), false}, {"never", Palette{}, false}, {"auto", Palette{}, false}, {"", Palette{}, true}, {"yes", Palette{}, true}} {
		if p, err := Colour(c.when, new(bytes.Buffer)); p != c.want || (err != nil) != c.bad {
			t.Errorf("%q: %v, %v", c.when, p, err)
		}
	}
}
