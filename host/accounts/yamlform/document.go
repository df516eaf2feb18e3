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

// Parse reads a file that holds one mapping. file is how mistakes name it. The
// Document is nil when there is an error: the file is no YAML, is empty (as one
// that is half written is), or is something else than one mapping.
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
		return nil, &Mistake{File: file, Line: second.Line, Text: "a second document begins here; there may be one"}
	}
	if len(first.Content) != 1 {
		return nil, d.empty()
	}
	d.Value = Value{doc: d, node: first.Content[0]}
	switch {
	case d.Null():
		return nil, d.empty()
	case d.node.Kind != yaml.MappingNode:
		return nil, &Mistake{File: file, Line: d.node.Line, Text: "lines of the form KEY: VALUE have to stand here"}
	}
	return d, nil
}

func (d *Document) empty() error {
	return &Mistake{File: d.file, Text: "the file is empty, as one that is half written is; if nothing is to be said, write: {}"}
}

// syntax makes a Mistake of the YAML package's error, whose text is the only
// form in which it has the line: "yaml: line 3: TEXT".
func (d *Document) syntax(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	m := &Mistake{File: d.file, Text: "this is no YAML: " + text}
	if number, rest, has := strings.Cut(strings.TrimPrefix(text, "line "), ": "); has {
		if line, err := strconv.Atoi(number); err == nil {
			m.Line, m.Text = line, "this is no YAML: "+rest
		}
	}
	return m
}
