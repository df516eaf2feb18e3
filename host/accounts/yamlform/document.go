package yamlform

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a file that is being read. It is for one goroutine.
type Document struct {
	Value    // a mapping
	file     string
	mistakes []*Mistake
}

// Parse reads a file that must hold one mapping. Mistakes call it file. The
// Document is nil when there is an error: the file is invalid YAML, is empty
// (perhaps half written), or does not hold one mapping.
func Parse(file string, data []byte) (*Document, error) {
	d := &Document{file: file}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, d.empty()
	} else if err != nil {
		return nil, d.syntax(err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, d.syntax(err)
	default:
		return nil, &Mistake{File: file, Line: second.Line, Text: "a second document begins here; only one is allowed"}
	}
	if len(first.Content) != 1 {
		return nil, d.empty()
	}
	d.Value = Value{doc: d, node: first.Content[0]}
	switch {
	case d.Null():
		return nil, d.empty()
	case d.node.Kind != yaml.MappingNode:
		return nil, &Mistake{File: file, Line: d.node.Line, Text: "lines of the form KEY: VALUE are needed here"}
	}
	return d, nil
}

func (d *Document) empty() error {
	return &Mistake{File: d.file, Text: "the file is empty, perhaps half written; to set nothing, write: {}"}
}

// syntax turns the YAML package's error into a Mistake. The line is only in the
// error's text: "yaml: line 3: TEXT".
func (d *Document) syntax(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	m := &Mistake{File: d.file, Text: "invalid YAML: " + text}
	if number, rest, has := strings.Cut(strings.TrimPrefix(text, "line "), ": "); has {
		if line, err := strconv.Atoi(number); err == nil {
			m.Line, m.Text = line, "invalid YAML: "+rest
		}
	}
	return m
}
