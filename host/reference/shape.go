package reference

import (
	"fmt"

	"liveapi.host/protocol"
)

// paramsText returns the table of a function's parameters.
func paramsText(f protocol.Function) string {
	if len(f.Params) == 0 {
		return "No parameters.\n\n"
	}
	header := []string{"parameter", "type", "required", "repeated", "secret", "what it is"}
	if f.API == protocol.API1 {
		header[0] = "parameter, by its place"
	}
	var rows [][]string
	for i, p := range f.Params {
		name, kind, about := cell(p.Name), typeText(protocol.Field{Type: p.Type, Fields: p.Fields}), inline(p.Doc)
		if isRest(p) {
			name, kind, p.Fields = "any other name", "a text", nil
		}
		if f.API == protocol.API1 {
			name = fmt.Sprintf("%d. %s", i+1, name)
		}
		rows = append(rows, []string{name, kind, yes(p.Required), yes(p.List), yes(p.Secret), about})
		path := p.Name
		if p.List {
			path += "[]"
		}
		rows = append(rows, memberRows(p, path, len(header))...)
	}
	return table(header, rows) + "\n"
}

func yes(b protocol.Flag) string {
	if b {
		return "yes"
	}
	return ""
}

// dataText says what a function's data is, with a table of its members.
func dataText(f protocol.Function) string {
	where := "`data`"
	if f.API == protocol.API1 {
		where = "`data.result`"
	}
	text := where + " is " + typeText(f.Returns)
	if f.Returns.Secret {
		text += ", a secret"
	}
	if f.Returns.Type == protocol.TypeNull && f.API == protocol.UAPI {
		text = "The function has no data: " + where + " is null"
	}
	if hasRows(f) {
		text += "; [output modifiers](README.md#output-modifiers) apply"
	}
	text += ".\n\n"
	path := ""
	if f.Returns.List {
		path = "[]"
	}
	if rows := memberRows(f.Returns, path, 3); rows != nil {
		text += table([]string{"member", "type", "what it is"}, rows) + "\n"
	}
	return text
}

// memberRows returns the rows of a field's members, at all depths, with their
// paths: a.b is b in a, a[] each entry of a, a.* each value of a. The second column
// is the type, the last the description.
func memberRows(f protocol.Field, path string, columns int) (rows [][]string) {
	for _, m := range f.Fields { // only objects and maps have some
		name := m.Name
		if f.Type == protocol.TypeMap {
			name = "*"
		}
		if path != "" {
			name = path + "." + name
		}
		row := make([]string, columns)
		row[0], row[1], row[columns-1] = cell(name), typeText(m), inline(m.Doc)
		if m.Required {
			row[1] += ", always"
		}
		if m.Secret {
			row[1] += ", secret"
		}
		if m.List {
			name += "[]"
		}
		rows = append(append(rows, row), memberRows(m, name, columns)...)
	}
	return rows
}

// typeText returns a field's type in words.
func typeText(f protocol.Field) string {
	one := map[string]string{
		protocol.TypeNull: "null", protocol.TypeString: "a text", protocol.TypeNumber: "a number", protocol.TypeFlag: "1 or 0",
		protocol.TypeObject: "an object", protocol.TypeMap: "an object whose members' names are data", protocol.TypeAny: "any value",
	}[f.Type]
	if !f.List {
		return one
	}
	return "a list, each entry " + one
}
