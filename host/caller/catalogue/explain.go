package catalogue

import (
	"fmt"
	"io"
	"strings"

	"liveapi.host/protocol"
)

// Explain writes the help of a function: what it does, its parameters, its result,
// and how to call it with this program.
func Explain(w io.Writer, program, module string, f *protocol.Function) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s: %s\n", module, f.Name, strings.TrimSpace(f.About()))
	words := wordsOf(f, program, module)
	fmt.Fprintf(&out, "\nUsage:\n  %s\n", strings.Join(append(words, argumentsOf(f)...), " "))
	if len(f.Params) > 0 {
		out.WriteString("\nParameters:\n")
		writeFields(&out, f.Params, 1, true)
	}
	if f.Returns.Type != "" && f.Returns.Type != protocol.TypeNull {
		fmt.Fprintf(&out, "\nResult, in data: %s\n", kind(&f.Returns))
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
	fmt.Fprintf(&out, "\nExample:\n  %s\n", example(f, words))
	_, err := io.WriteString(w, out.String())
	return err
}

// wordsOf returns the words before the arguments of a call.
func wordsOf(f *protocol.Function, program, module string) []string {
	if f.API == protocol.WHM1 { // called without its module
		return []string{program, f.Name}
	}
	return []string{program, module, f.Name}
}

// argumentsOf returns the parameters for the usage line: [name=…] is optional.
func argumentsOf(f *protocol.Function) []string {
	var list []string
	for _, p := range f.Params {
		argument := p.Name + "=" + placeholder(&p)
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

func placeholder(f *protocol.Field) string {
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
func nested(p *protocol.Field) bool { return placeholder(p) == "JSON" }

// kind returns a field's type in words.
func kind(f *protocol.Field) string {
	text := map[string]string{
		protocol.TypeString: "text", protocol.TypeFlag: "1 or 0", protocol.TypeMap: "object with any names", protocol.TypeAny: "any value",
	}[f.Type]
	if text == "" {
		text = f.Type
	}
	if f.List {
		text = "list of " + text
	}
	return text
}

// writeFields lists fields, and the members of objects below each.
func writeFields(out *strings.Builder, fields []protocol.Field, depth int, params bool) {
	width := 0
	for _, f := range fields {
		width = max(width, len(shown(&f)))
	}
	for _, f := range fields {
		about := kind(&f)
		if params && bool(f.List) {
			about = kind(&protocol.Field{Type: f.Type}) + ", may be repeated"
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
		fmt.Fprintf(out, "%s%-*s  %s\n", strings.Repeat("  ", depth), width, shown(&f), about)
		writeFields(out, f.Fields, depth+1, false)
	}
}

// shown returns a field's name, or "*" for the values of a map, which have no name.
func shown(f *protocol.Field) string {
	if f.Name == "" {
		return "*"
	}
	return f.Name
}

// example returns a call with every required argument. Secrets and nested values are
// on standard input: the list of processes shows arguments to every user.
func example(f *protocol.Function, words []string) string {
	var pairs, members []string
	stdin := false
	for _, p := range f.Params {
		if !p.Required {
			continue
		}
		stdin = stdin || bool(p.Secret) || nested(&p)
		value := map[string]string{"NUMBER": "1", "1|0": "1", "TEXT": "VALUE", "JSON": "VALUE"}[placeholder(&p)]
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
