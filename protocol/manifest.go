package protocol

import (
	"slices"
	"strings"
)

// Manifest describes one module. Help, completion, validation, gates and the
// reference are made from it. It has one JSON form: a module process sends it, the
// catalog on disk stores it, and the host's function LiveAPI::modules returns it to
// callers. Members are in the order of their names (U2).
type Manifest struct {
	Doc       string     `json:"doc"`       // the first line is a summary
	File      string     `json:"file"`      // the program that serves it, set by the host; "": the host itself
	Functions []Function `json:"functions"` // sorted by name
	Module    string     `json:"module"`    // matches W16, such as "Greeter"
	Version   string     `json:"version"`
}

// Function describes one function of a module. A module may have functions of
// the same name for several API versions. The host checks AllowDemo and NeedsFeature
// before it calls the module (U §4).
type Function struct {
	AllowDemo    Flag       `json:"allow_demo"` // demo accounts may call it
	API          APIVersion `json:"api"`
	Deprecated   string     `json:"deprecated,omitempty"` // what to call instead, or since when; "": not deprecated
	Doc          string     `json:"doc"`                  // the first line is a summary
	Name         string     `json:"name"`
	NeedsFeature string     `json:"needs_feature"` // the feature that the account must have; "": none
	Params       []Field    `json:"params"`        // API 1 takes them by position

	// Prefetch is the data that the host sends with each call.
	Prefetch Prefetch `json:"prefetch,omitzero"`

	// Provides is the name of a session variable, such as "theme" (U §9): the
	// function's data is its value. Such a function is of UAPI, needs no argument and
	// returns a text. "": none.
	Provides string `json:"provides,omitempty"`

	// ReadOnly says that the function changes nothing. Calls of a function of WHM1
	// without it are recorded, with the caller and the origin.
	ReadOnly Flag  `json:"read_only"`
	Returns  Field `json:"returns"` // the result's data; Name and Doc are empty
}

// Field describes a parameter, a result's data, or a member of it.
type Field struct {
	Doc      string  `json:"doc"`
	Fields   []Field `json:"fields"` // the members of a TypeObject; for a TypeMap one field without a name: its values
	List     Flag    `json:"list"`   // a parameter repeated by U8; an array of Type in a result
	Name     string  `json:"name"`
	Required Flag    `json:"required"` // a parameter that must be sent; a member that is always present and never null
	Secret   Flag    `json:"secret"`   // never logged, traced or quoted in an error
	Type     string  `json:"type"`     // one of the Type constants; "" means TypeNull
}

// Types of a [Field].
const (
	TypeNull   = "null"
	TypeString = "string"
	TypeNumber = "number"
	TypeFlag   = "flag"   // 1 or 0 (U2)
	TypeObject = "object" // with the members in Fields
	TypeMap    = "map"    // an object whose member names are data
	TypeAny    = "any"
)

// Flag is a boolean whose JSON is 1 or 0 (U2).
type Flag bool

// MarshalJSON writes 1 or 0.
func (f Flag) MarshalJSON() ([]byte, error) {
	if f {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// UnmarshalJSON reads 1 and 0.
func (f *Flag) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "1":
		*f = true
	case "0":
		*f = false
	default:
		return Errorf(CodeInvalid, "%s is neither 1 nor 0 (U2)", text)
	}
	return nil
}

// Complete returns a copy of the manifest with the defaults filled in that an author
// may leave out: UAPI, TypeNull, and empty lists.
func (m Manifest) Complete() Manifest {
	m.Functions = append([]Function{}, m.Functions...)
	for i := range m.Functions {
		f := &m.Functions[i]
		if f.API == 0 {
			f.API = UAPI
		}
		f.Params, f.Returns = completeFields(f.Params), f.Returns.complete()
		if !f.Prefetch.IsZero() && f.Prefetch.Records == nil {
			f.Prefetch.Records = []string{}
		}
	}
	return m
}

func completeFields(fields []Field) []Field {
	all := make([]Field, len(fields))
	for i, f := range fields {
		all[i] = f.complete()
	}
	return all
}

func (f Field) complete() Field {
	if f.Type == "" {
		f.Type = TypeNull
	}
	f.Fields = completeFields(f.Fields)
	return f
}

// Summary splits a documentation text into its first line and the rest.
func Summary(doc string) (first, rest string) {
	first, rest, _ = strings.Cut(doc, "\n")
	return strings.TrimSpace(first), strings.TrimSpace(rest)
}

// About is the text about the function in help, completion, the reference and the
// OpenAPI document: its Doc, and Deprecated.
func (f *Function) About() string {
	if f.Deprecated == "" {
		return f.Doc
	}
	about, more := Summary(f.Doc)
	return strings.TrimSpace(about + " (deprecated)\n" + more + "\n\nDeprecated: " + f.Deprecated)
}

// Function returns the first function of this name; nil when there is none.
func (m *Manifest) Function(name string) *Function {
	if i := slices.IndexFunc(m.Functions, func(f Function) bool { return f.Name == name }); i >= 0 {
		return &m.Functions[i]
	}
	return nil
}

// Param returns the parameter of this name; nil when there is none.
func (f *Function) Param(name string) *Field {
	if i := slices.IndexFunc(f.Params, func(p Field) bool { return p.Name == name }); i >= 0 {
		return &f.Params[i]
	}
	return nil
}

// IsSecret reports whether the field has a secret member of this name, at any depth.
func (f *Field) IsSecret(name string) bool {
	if bool(f.Secret) && f.Name == name {
		return true
	}
	for i := range f.Fields {
		if f.Fields[i].IsSecret(name) {
			return true
		}
	}
	return false
}
