package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// mistakes returns what is wrong in a configuration file, in words for its writer, who
// does not know the types of Go. known is as for [Read].
func mistakes(data []byte, to any, known bool) error {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil || len(document.Content) == 0 {
		return err
	}
	m := checker{known: known}
	m.check("", document.Content[0], reflect.TypeOf(to).Elem())
	return errors.Join(m.problems...)
}

type checker struct {
	known    bool
	problems []error
}

// check compares a value of the file with the type of a setting; name is "" for the
// whole file.
func (c *checker) check(name string, node *yaml.Node, kind reflect.Type) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if kind.Kind() == reflect.Struct && node.Kind == yaml.MappingNode {
		c.fields(name, node, kind)
		return
	}
	if node.Decode(reflect.New(kind).Interface()) == nil {
		return
	}
	if name == "" {
		c.note(node, "the file must have lines of the form name: value")
		return
	}
	text := name + " must be " + form(kind)
	if node.Kind == yaml.ScalarNode {
		text = fmt.Sprintf("%s is %q; write %s", name, node.Value, form(kind))
	}
	c.note(node, "%s", text)
}

// fields checks the names and values of a mapping.
func (c *checker) fields(name string, mapping *yaml.Node, kind reflect.Type) {
	types := make(map[string]reflect.Type)
	var names []string
	for field := range kind.Fields() {
		if tag := field.Tag.Get("yaml"); tag != "" {
			names = append(names, tag)
			types[tag] = field.Type
		}
	}
	slices.Sort(names)
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		switch of, ok := types[key.Value]; {
		case key.Tag == "!!merge": // the decoder checks it
		case ok:
			c.check(strings.TrimPrefix(name+": "+key.Value, ": "), value, of)
		case c.known:
			c.note(key, "unknown name %q; known are %s", strings.TrimPrefix(name+": "+key.Value, ": "), strings.Join(names, ", "))
		}
	}
}

func (c *checker) note(node *yaml.Node, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("line %d: "+format, append([]any{node.Line}, args...)...))
}

// form says what a setting of a type looks like.
func form(kind reflect.Type) string {
	if kind == reflect.TypeFor[time.Duration]() {
		return "a duration with its unit, such as 30s or 5m"
	}
	switch kind.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.String:
		return "one text"
	case reflect.Slice:
		return "a list, such as [a, b]"
	}
	return "names with values, such as {name: value}"
}
