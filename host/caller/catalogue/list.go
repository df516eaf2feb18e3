package catalogue

import (
	"fmt"
	"io"
	"strings"
)

// WriteModules lists the modules, one on each line.
func (c Catalogue) WriteModules(w io.Writer) error {
	width := 0
	for _, m := range c {
		width = max(width, len(m.Name))
	}
	var out strings.Builder
	for _, m := range c {
		fmt.Fprintf(&out, "%-*s  %s\n", width, m.Name, Summary(m.Doc))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Write shows the module with its program, its functions and their parameters.
func (m *Module) Write(w io.Writer) error {
	file := m.File
	if file == "" {
		file = "inside the host"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s  (%s)\n  %s\n", strings.TrimSpace(m.Name+" "+m.Version), file, Summary(m.Doc))
	for _, f := range m.Functions {
		fmt.Fprintf(&out, "    %-46s %s\n", f.Signature(), Summary(f.Doc))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Signature is a function's name and its parameters: [name] may be left out,
// name… may be repeated (U8).
func (f *Function) Signature() string {
	parts := []string{f.Name}
	for _, p := range f.Params {
		name := p.Name
		if p.List {
			name += "…"
		}
		if !p.Required {
			name = "[" + name + "]"
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " ")
}
