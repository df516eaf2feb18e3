package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// element is an XML element, as a reader sees it.
type element struct {
	Name     xml.Name   `xml:"-"`
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

// UnmarshalXML keeps the name.
func (e *element) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain element
	e.Name = start.Name
	return d.DecodeElement((*plain)(e), &start)
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) has(name string) bool {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return true
		}
	}
	return false
}

func unquote(s string) string {
	var out string
	if err := json.Unmarshal([]byte(`"`+s+`"`), &out); err != nil {
		return err.Error()
	}
	return out
}

// fromXML reads the output of XML by the rules in the comment of XML.
func fromXML(doc []byte) (value, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var root element
	if err := d.Decode(&root); err != nil {
		return value{}, err
	}
	if token, err := d.Token(); err != io.EOF && strings.TrimSpace(fmt.Sprintf("%s", token)) != "" {
		return value{}, fmt.Errorf("%v after the root, %v", token, err)
	}
	if root.Name.Local != "cpanelresult" {
		return value{}, fmt.Errorf("the root is %s", root.Name.Local)
	}
	return root.value(), nil
}

// value returns the value of an element, ignoring its attribute list.
func (e element) value() value {
	switch e.attr("type") {
	case "number":
		return value{kind: number, text: e.Text}
	case "boolean":
		return value{kind: boolean, text: e.Text}
	case "null":
		return value{kind: null, text: "null"}
	case "list":
		v := value{kind: list}
		for _, child := range e.Children {
			v.items = append(v.items, child.value())
		}
		return v
	}
	if len(e.Children) == 0 && e.attr("type") != "object" {
		if e.attr("encoding") == "json" {
			return value{kind: text, text: unquote(e.Text)}
		}
		return value{kind: text, text: e.Text}
	}
	v := value{kind: object}
	for _, child := range e.Children {
		name := child.Name.Local
		if child.has("name") {
			name = child.attr("name")
		} else if child.has("json-name") {
			name = unquote(child.attr("json-name"))
		}
		last := len(v.items) - 1
		switch {
		case child.attr("list") == "":
			v.names, v.items = append(v.names, name), append(v.items, child.value())
		case child.attr("list") == "empty":
			v.names, v.items = append(v.names, name), append(v.items, value{kind: list})
		case last >= 0 && v.names[last] == name:
			v.items[last].items = append(v.items[last].items, child.value())
		default:
			v.names, v.items = append(v.names, name), append(v.items, value{kind: list, items: []value{child.value()}})
		}
	}
	return v
}

func checkXML(t testing.TB, v value) {
	t.Helper()
	raw := v.write()
	out, err := XML(json.RawMessage(raw), Palette{})
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	want := raw
	if v, err := parse(json.RawMessage(raw)); err == nil && len(v.names) == 1 && v.names[0] == "cpanelresult" && v.items[0].kind == object {
		want = v.items[0].write() // API 2's envelope gets no second root
	}
	again, err := fromXML(out)
	if err != nil || again.write() != want {
		t.Fatalf("%s became\n%s\nwhich is %s, %v", raw, out, again.write(), err)
	}
	painted, err := XML(json.RawMessage(raw), Colours())
	if err != nil || string(unpaint(painted)) != string(out) {
		t.Fatalf("colour changed the text (%v):\n%q\n%q", err, painted, out)
	}
}

func TestXMLKeepsEveryString(t *testing.T) {
	for _, s := range awkward {
		t.Run(fmt.Sprintf("%.20q", s), func(t *testing.T) { checkXML(t, single(s)) })
	}
}

func TestXMLKeepsEveryValue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		checkXML(t, anyObject(r, 4))
	}
}

func TestXMLForm(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"UAPI", `{"apiversion":3,"result":{"data":[{"a":"x"},{"a":"y"}],"errors":null,"metadata":{},"warnings":["one"]}}`, `<cpanelresult>
  <apiversion type="number">3</apiversion>
  <result>
    <data list="item">
      <a>x</a>
    </data>
    <data list="item">
      <a>y</a>
    </data>
    <errors type="null"/>
    <metadata type="object"/>
    <warnings list="item">one</warnings>
  </result>
</cpanelresult>
`},
		{"API 2 has no second root", `{"cpanelresult":{"data":[],"event":{"result":1}}}`, `<cpanelresult>
  <data list="empty"/>
  <event>
    <result type="number">1</result>
  </event>
</cpanelresult>
`},
		{"lists in lists", `{"a":[[1,[]],"b"]}`, `<cpanelresult>
  <a list="item" type="list">
    <item list="item" type="number">1</item>
    <item list="item" type="list"/>
  </a>
  <a list="item">b</a>
</cpanelresult>
`},
		{"names and texts", `{"1 <b>":"a<b>&\"c\"","xmlns":"\u0000","a\u0001":"\r\n\t"}`, `<cpanelresult>
  <member name="1 &lt;b&gt;">a&lt;b&gt;&amp;&#34;c&#34;</member>
  <member name="xmlns" encoding="json">\u0000</member>
  <member json-name="a\u0001">&#xD;&#xA;&#x9;</member>
</cpanelresult>
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := XML(json.RawMessage(c.json), Palette{})
			if want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + c.want; err != nil || string(out) != want {
				t.Errorf("%s, %v; want\n%s", out, err, want)
			}
		})
	}
}

func FuzzXML(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkXML(t, single(strings.ToValidUTF8(s, "\ufffd"))) })
}
