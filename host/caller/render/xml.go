package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
)

// XML prints the envelope, an object, as an XML 1.0 document in UTF-8, in this form:
//
//   - The root is <cpanelresult>. API 2's envelope has this name as its only
//     member, and gets no second root.
//   - A member is an element of its name; an array is one such element for each
//     of its items, with list="item", or one empty element with list="empty".
//     An array in an array is an element with type="list", whose items are
//     elements named item.
//   - An element without type= is a text. type="number", "boolean" and "null" are
//     the other types, and type="object" is an object without members.
//   - A name that is not a plain XML name (ASCII letters, digits, ".", "-" and "_",
//     beginning with a letter or "_" and not with "xml") becomes
//     <member name="…">.
//   - A text with characters that XML cannot hold (most of those below U+0020,
//     U+FFFE, U+FFFF) is written as in a JSON string, with encoding="json"; for
//     such a name the attribute is json-name instead of name.
func XML(envelope json.RawMessage, p Palette) ([]byte, error) {
	v, err := parse(envelope)
	if err != nil {
		return nil, err
	}
	if len(v.names) == 1 && v.names[0] == xmlRoot && v.items[0].kind == object {
		v = v.items[0]
	}
	w := &xmlWriter{palette: p}
	w.out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	w.element(xmlRoot, nil, v, 0, false)
	return w.out.Bytes(), nil
}

const xmlRoot = "cpanelresult"

// attribute is a name and a value, neither of which needs escapes.
type attribute struct{ name, value string }

type xmlWriter struct {
	out     bytes.Buffer
	palette Palette
}

// member writes a member of an object; an array becomes several elements.
func (w *xmlWriter) member(name string, marks []attribute, v value, depth int, failure bool) {
	if v.kind != list {
		w.element(name, marks, v, depth, failure)
		return
	}
	if len(v.items) == 0 {
		w.element(name, append(marks, attribute{"list", "empty"}), value{kind: text}, depth, failure)
	}
	for _, item := range v.items {
		w.element(name, append(marks[:len(marks):len(marks)], attribute{"list", "item"}), item, depth, failure)
	}
}

func (w *xmlWriter) element(name string, marks []attribute, v value, depth int, failure bool) {
	content := v.text
	switch v.kind {
	case number:
		marks = append(marks, attribute{"type", "number"})
	case boolean:
		marks = append(marks, attribute{"type", "boolean"})
	case null:
		marks, content = append(marks, attribute{"type", "null"}), ""
	case list:
		marks = append(marks, attribute{"type", "list"})
	case object:
		if len(v.items) == 0 {
			marks = append(marks, attribute{"type", "object"})
		}
	case text:
		if !inXML(content) {
			marks, content = append(marks, attribute{"encoding", "json"}), jsonText(content)
		}
	}
	indent := strings.Repeat("  ", depth)
	w.out.WriteString(indent)
	switch {
	case len(v.items) > 0:
		w.tag(name, marks, ">")
		w.out.WriteByte('\n')
		w.children(v, depth+1, failure)
		w.out.WriteString(indent)
		w.tag("/"+name, nil, ">")
	case content == "":
		w.tag(name, marks, "/>")
	default:
		w.tag(name, marks, ">")
		w.out.WriteString(paint(w.palette.of(v.kind, failure), escaped(content)))
		w.tag("/"+name, nil, ">")
	}
	w.out.WriteByte('\n')
}

func (w *xmlWriter) children(v value, depth int, failure bool) {
	for i, item := range v.items {
		if v.kind == list {
			w.element("item", []attribute{{"list", "item"}}, item, depth, failure)
			continue
		}
		name, marks := xmlName(v.names[i])
		w.member(name, marks, item, depth, failure || role(v.names[i], depth))
	}
}

func (w *xmlWriter) tag(name string, marks []attribute, end string) {
	var tag strings.Builder
	tag.WriteString("<" + name)
	for _, mark := range marks {
		tag.WriteString(" " + mark.name + `="` + escaped(mark.value) + `"`)
	}
	tag.WriteString(end)
	w.out.WriteString(paint(w.palette.Key, tag.String()))
}

// xmlName returns the element for a member, and the attributes that hold the name
// when it is not a name in XML.
func xmlName(name string) (element string, marks []attribute) {
	switch {
	case plainName(name):
		return name, nil
	case inXML(name):
		return "member", []attribute{{"name", name}}
	}
	return "member", []attribute{{"json-name", jsonText(name)}}
}

func plainName(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && !strings.HasPrefix(strings.ToLower(name), "xml")
}

// inXML reports whether XML can hold a text.
func inXML(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// jsonText returns the content of a JSON string, without its quotes.
func jsonText(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s // cannot happen: a string always has a JSON form
	}
	inner := string(quoted[1 : len(quoted)-1])
	return strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(inner)
}

func escaped(s string) string {
	var out strings.Builder
	xml.EscapeText(&out, []byte(s)) // a strings.Builder never fails
	return out.String()
}
