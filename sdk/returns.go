package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"liveapi.host/protocol"
)

// compileOut checks the type of a function's data, describes it, and returns the
// changes that its JSON needs.
func compileOut(t reflect.Type) (described protocol.Field, needs traits, err error) {
	needs, err = inspect(t, make(map[reflect.Type]bool))
	if err != nil {
		return described, needs, fmt.Errorf("the data %v: %w", t, err)
	}
	d := description{within: make(map[reflect.Type]bool)}
	described = d.field(t)
	return described, needs, errors.Join(d.problems...)
}

// description describes types and collects the mistakes in them.
type description struct {
	within   map[reflect.Type]bool // the structs around the current type: a struct within itself is TypeAny
	problems []error
}

func (d *description) problem(format string, args ...any) {
	d.problems = append(d.problems, fmt.Errorf(format, args...))
}

// field describes the type of data, of a member's value, or of an entry.
func (d *description) field(t reflect.Type) (f protocol.Field) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice && !writesItself(t) && t.Elem().Kind() != reflect.Uint8 {
		f = d.field(t.Elem())
		if f.List { // a list of lists
			return protocol.Field{Type: protocol.TypeAny, List: true}
		}
		f.List = true
		return f
	}
	f.Type = typeName(t)
	switch {
	case f.Type == protocol.TypeMap:
		f.Fields = []protocol.Field{d.field(t.Elem())}
	case f.Type == protocol.TypeObject && d.within[t]:
		f.Type = protocol.TypeAny
	case f.Type == protocol.TypeObject:
		d.within[t] = true
		f.Fields = d.members(t)
		delete(d.within, t)
	}
	return f
}

func (d *description) members(t reflect.Type) (members []protocol.Field) {
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Tag.Get("json") == "-" || f.Anonymous && tagName(f) == "" {
			continue
		}
		m := d.field(f.Type)
		m.Name, m.Doc, m.Secret = tagName(f), f.Tag.Get("doc"), f.Tag.Get("secret") == "true"
		m.Required = protocol.Flag(alwaysThere(f))
		switch {
		case m.Name == "":
			d.problem("member of the data, field %s: the json tag has to give a name", f.Name)
		case strings.TrimSpace(m.Doc) == "":
			d.problem("member %q of the data: the doc tag is empty: say in a line what it is", m.Name)
		}
		members = append(members, m)
	}
	return members
}

// alwaysThere reports whether a member is present in every result and never null.
func alwaysThere(f reflect.StructField) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if strings.Contains(options, "omit") || writesItself(f.Type) {
		return false
	}
	switch f.Type.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	}
	return true
}

func typeName(t reflect.Type) string {
	switch k := t.Kind(); {
	case t == reflect.TypeFor[None]():
		return protocol.TypeNull
	case writesItself(t):
		return protocol.TypeAny
	case k == reflect.String:
		return protocol.TypeString
	case k == reflect.Bool:
		return protocol.TypeFlag
	case k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr:
		return protocol.TypeNumber
	case k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return protocol.TypeString // base64
	case k == reflect.Map:
		return protocol.TypeMap
	case k == reflect.Struct:
		return protocol.TypeObject
	}
	return protocol.TypeAny
}
