package catalogue

import (
	"fmt"
	"io"
	"strings"

	"liveapi.host/protocol"
)

// WriteModules lists the modules, one on each line.
func (c Catalogue) WriteModules(w io.Writer) error {
	width := 0
	for _, m := range c {
		width = max(width, len(m.Module))
	}
	var out strings.Builder
	for _, m := range c {
		about, _ := protocol.Summary(m.Doc)
		fmt.Fprintf(&out, "%-*s  %s\n", width, m.Module, about)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Write shows a module with its program, its functions and their parameters.
func Write(w io.Writer, m *protocol.Manifest) error {
	file := m.File
	if file == "" {
		file = "inside the host"
	}
	var out strings.Builder
	about, _ := protocol.Summary(m.Doc)
	fmt.Fprintf(&out, "%s  (%s)\n  %s\n", strings.TrimSpace(m.Module+" "+m.Version), file, about)
	for i := range m.Functions {
		f := &m.Functions[i]
		about, _ := protocol.Summary(f.About())
		fmt.Fprintf(&out, "    %-46s %s\n", signature(f), about)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// signature returns a function's name and its parameters: [name] is optional, name…
// may be repeated (U8).
func signature(f *protocol.Function) string {
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
