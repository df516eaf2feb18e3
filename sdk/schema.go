package sdk

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"liveapi.host/protocol"
)

var (
	secretType  = reflect.TypeFor[Secret]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	jsonReader  = reflect.TypeFor[json.Unmarshaler]()
	textReader  = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonWriter  = reflect.TypeFor[json.Marshaler]()
	textWriter  = reflect.TypeFor[encoding.TextMarshaler]()
	errNoStruct = errors.New("the parameters have to be a struct, or sdk.None")
)

// arguments describes how arguments become a struct. It is made once, when the module
// starts.
type arguments struct {
	params []param
}

// param describes one parameter.
type param struct {
	protocol.Field
	index   int
	set     setter // sets one value, or one element of a list; nil for the parameter "*"
	allowed string // the allowed values, for error texts; "": those of the type
}

// rest is the name of the parameter that takes the arguments that no other one takes.
const rest = "*"

func (a *arguments) fields() []protocol.Field {
	var fields []protocol.Field
	for i := range a.params {
		fields = append(fields, a.params[i].Field)
	}
	return fields
}

// compileIn makes the description of a parameter struct.
func compileIn(t reflect.Type) (*arguments, error) {
	if t.Kind() != reflect.Struct || t == secretType {
		return nil, fmt.Errorf("%v: %w", t, errNoStruct)
	}
	a := new(arguments)
	var problems []error
	seen := make(map[string]bool)
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
			continue
		}
		p, err := compileParam(f)
		if err == nil && seen[p.Name] {
			err = errors.New("two fields have this name")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("parameter %q (field %s): %w", tagName(f), f.Name, err))
			continue
		}
		seen[p.Name] = true
		p.index = i
		a.params = append(a.params, p)
	}
	return a, errors.Join(problems...)
}

func tagName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func compileParam(f reflect.StructField) (param, error) {
	p := param{Field: protocol.Field{Name: tagName(f), Doc: f.Tag.Get("doc")}, allowed: f.Tag.Get("allowed")}
	if f.Anonymous {
		return p, errors.New("an embedded struct: write its fields out")
	}
	if strings.Contains(f.Tag.Get("json"), ",") {
		return p, errors.New("options after the name in the json tag mean nothing for a parameter")
	}
	if !protocol.ValidFunction(p.Name) && p.Name != rest {
		return p, errors.New(`the json tag has to give a name: a letter, then letters, digits and underscores, at most 64`)
	}
	if strings.TrimSpace(p.Doc) == "" {
		return p, errors.New("the doc tag is empty: say in a line what the parameter is")
	}
	switch required := f.Tag.Get("required"); required {
	case "true":
		p.Required = true
	case "", "false":
	default:
		return p, fmt.Errorf("the required tag is %q: true and false are allowed", required)
	}
	t := f.Type
	if p.Name == rest {
		if t != reflect.TypeFor[map[string]string]() || p.Required {
			return p, errors.New(`the parameter "*", which takes every other argument, has the type map[string]string and is not required`)
		}
		p.Type, p.Fields = protocol.TypeMap, []protocol.Field{{Type: protocol.TypeString}}
		return p, nil
	}
	if t.Kind() == reflect.Slice && t != rawType {
		p.List = true
		t = t.Elem()
		if t.Kind() == reflect.Uint8 {
			return p, errors.New("bytes are not a parameter type: use a string")
		}
		if t.Kind() == reflect.Slice && t != rawType {
			return p, errors.New("a list of lists: use []json.RawMessage")
		}
	}
	if t.Kind() == reflect.Pointer {
		if p.List {
			return p, errors.New("a list of pointers: use a list of values")
		}
		t = t.Elem()
	}
	var err error
	p.Type, p.set, err = compileValue(t)
	p.Secret = t == secretType
	if err == nil && f.Tag.Get("secret") != "" && !p.Secret {
		err = errors.New("a secret parameter has the type sdk.Secret; the tag is for results")
	}
	return p, err
}

// writesItself reports whether the type encodes itself in encoding/json.
func writesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonWriter) || p.Implements(textWriter)
}

// traits are the changes that a type's JSON needs before it is sent to callers.
type traits struct {
	flags    bool // it may contain booleans
	unsorted bool // its members may be unsorted
}

func (t traits) or(other traits) traits {
	return traits{t.flags || other.flags, t.unsorted || other.unsorted}
}

// inspect refuses types that cannot be encoded, and returns the changes that the
// type's JSON needs.
func inspect(t reflect.Type, seen map[reflect.Type]bool) (traits, error) {
	if t == secretType {
		return traits{}, errors.New(`a sdk.Secret would arrive as [redacted]: use a string with the tag secret:"true", and Reveal`)
	}
	if seen[t] {
		return traits{}, nil
	}
	seen[t] = true
	if writesItself(t) {
		return traits{true, true}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return traits{flags: true}, nil
	case reflect.Interface:
		return traits{true, true}, nil
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer, reflect.Uintptr:
		return traits{}, fmt.Errorf("%v cannot be encoded", t)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return inspect(t.Elem(), seen)
	case reflect.Struct:
		return inspectStruct(t, seen)
	}
	return traits{}, nil
}

func inspectStruct(t reflect.Type, seen map[reflect.Type]bool) (all traits, err error) {
	last := ""
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
			continue
		}
		of, err := inspect(f.Type, seen)
		if err != nil {
			return traits{}, fmt.Errorf("field %s: %w", f.Name, err)
		}
		name := tagName(f)
		of.unsorted = of.unsorted || name < last || f.Anonymous
		all, last = all.or(of), name
	}
	return all, nil
}
