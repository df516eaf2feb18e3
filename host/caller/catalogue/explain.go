package catalogue

import (
	"fmt"
	"io"
	"strings"

	"liveapi.host/protocol"
)

// Explain shows all that is known of a function: what it is for, its parameters,
// its result, and how to call it by the program of this name.
func (m *Module) Explain(w io.Writer, program string, f *Function) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s: %s\n", m.Name, f.Name, strings.TrimSpace(f.Doc))
	words := f.words(program, m.Name)
	fmt.Fprintf(&out, "\nUsage:\n  %s\n", strings.Join(append(words, f.arguments()...), " "))
	if len(f.Params) > 0 {
		out.WriteString("\nParameters:\n")
		writeFields(&out, f.Params, 1, true)
	}
	if f.Returns.Type != "" && f.Returns.Type != protocol.TypeNull {
		fmt.Fprintf(&out, "\nResult, in data: %s\n", f.Returns.kind())
		writeFields(&out, f.Returns.Fields, 1, false)
	}
	if f.NeedsFeature != "" {
		fmt.Fprintf(&out, "\nThe account needs the feature “%s”.\n", f.NeedsFeature)
	}
	switch {
	case f.API == protocol.WHM1 && bool(f.ReadOnly):
		out.WriteString("\nFor root only. It changes nothing.\n")
	case f.API == protocol.WHM1:
		out.WriteString("\nFor root only. Each call is recorded: see liveapi audit.\n")
	case !bool(f.AllowDemo):
		out.WriteString("\nNot available to demo accounts.\n")
	}
	fmt.Fprintf(&out, "\nExample:\n  %s\n", f.example(words))
	_, err := io.WriteString(w, out.String())
	return err
}

// words are what stands before a call's arguments.
func (f *Function) words(program, module string) []string {
	if f.API == protocol.WHM1 { // known without its module
		return []string{program, f.Name}
	}
	return []string{program, module, f.Name}
}

// arguments are the parameters as they are written: [name=…] may be left out.
func (f *Function) arguments() []string {
	var list []string
	for _, p := range f.Params {
		argument := p.Name + "=" + p.placeholder()
		if !p.Required {
			argument = "[" + argument + "]"
		}
		if p.List {
			argument += "…"
		}
		list = append(list, argument)
	}
	return list
}

func (f *Field) placeholder() string {
	switch f.Type {
	case protocol.TypeNumber:
		return "NUMBER"
	case protocol.TypeFlag:
		return "1|0"
	case protocol.TypeString:
		return "TEXT"
	}
	return "JSON"
}

// nested reports whether a parameter can only be given as JSON.
func (f *Field) nested() bool { return f.placeholder() == "JSON" }

// kind is a field's type in words.
func (f *Field) kind() string {
	kind := map[string]string{
		protocol.TypeString: "text", protocol.TypeFlag: "1 or 0", protocol.TypeMap: "object with any names", protocol.TypeAny: "any value",
	}[f.Type]
	if kind == "" {
		kind = f.Type
	}
	if f.List {
		kind = "list of " + kind
	}
	return kind
}

// writeFields lists fields, and the members of objects below each.
func writeFields(out *strings.Builder, fields []Field, depth int, params bool) {
	width := 0
	for _, f := range fields {
		width = max(width, len(f.shown()))
	}
	for _, f := range fields {
		about := f.kind()
		if params && bool(f.List) {
			about = (&Field{Type: f.Type}).kind() + ", may be repeated"
		}
		if params && bool(f.Required) {
			about += ", required"
		}
		if f.Secret {
			about += ", secret"
		}
		if f.Doc != "" {
			about += ": " + strings.ReplaceAll(strings.TrimSpace(f.Doc), "\n", " ")
		}
		fmt.Fprintf(out, "%s%-*s  %s\n", strings.Repeat("  ", depth), width, f.shown(), about)
		writeFields(out, f.Fields, depth+1, false)
	}
}

// shown is a field's name; the values of a map have none.
func (f *Field) shown() string {
	if f.Name == "" {
		return "*"
	}
	return f.Name
}

// example is a call with every required argument. Secrets and nested values come
// on standard input: the list of processes shows arguments to every user.
func (f *Function) example(words []string) string {
	var pairs, members []string
	stdin := false
	for _, p := range f.Params {
		if !p.Required {
			continue
		}
		stdin = stdin || bool(p.Secret) || p.nested()
		value := map[string]string{"NUMBER": "1", "1|0": "1", "TEXT": "VALUE", "JSON": "VALUE"}[p.placeholder()]
		pairs = append(pairs, p.Name+"="+value)
		if value == "VALUE" {
			value = `"VALUE"`
		}
		members = append(members, fmt.Sprintf("%q:%s", p.Name, value))
	}
	if stdin {
		return fmt.Sprintf("echo '{%s}' | %s --input=json %s", strings.Join(members, ","), words[0], strings.Join(words[1:], " "))
	}
	return strings.Join(append(words, pairs...), " ")
}
