// Package catalogue is what a host serves, as it says so itself by
// LiveAPI::modules: the source of the commands' lists, help, completion and
// "did you mean".
package catalogue

import (
	"encoding/json"
	"fmt"
	"strings"

	"liveapi.host/host/caller"
	"liveapi.host/protocol"
)

// Catalogue is the modules of a host, sorted by name.
type Catalogue []Module

// Module is one module, with the functions of every API version.
type Module struct {
	Name      string     `json:"module"`
	Version   string     `json:"version"`
	File      string     `json:"file"` // its program; "" for a module inside the host
	Doc       string     `json:"doc"`
	Functions []Function `json:"functions"` // sorted by name
}

// Function is one function of a module.
type Function struct {
	Name         string              `json:"name"`
	Doc          string              `json:"doc"` // the first line is a summary
	API          protocol.APIVersion `json:"api"`
	NeedsFeature string              `json:"needs_feature"` // "": none
	ReadOnly     flag                `json:"read_only"`
	AllowDemo    flag                `json:"allow_demo"`
	Params       []Field             `json:"params"`
	Returns      Field               `json:"returns"`
}

// Field is a parameter, a function's data, or a member of it.
type Field struct {
	Name     string  `json:"name"`
	Doc      string  `json:"doc"`
	Type     string  `json:"type"` // one of protocol's
	List     flag    `json:"list"`
	Required flag    `json:"required"`
	Secret   flag    `json:"secret"`
	Fields   []Field `json:"fields"`
}

// flag is a boolean as results have it (U2).
type flag bool

// UnmarshalJSON reads 1 and 0.
func (f *flag) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "1":
		*f = true
	case "0":
		*f = false
	default:
		return fmt.Errorf("%s is neither 1 nor 0 (U2)", text)
	}
	return nil
}

// Fetch asks a host what it serves, which makes it start the modules that have
// not been called yet. Each warning is a program that cannot be used. An error
// means that there is no catalogue; it is the host's own text when the call
// failed.
func Fetch(conn *caller.Conn) (c Catalogue, warnings []string, err error) {
	answer, err := conn.Call(caller.Request{Module: "LiveAPI", Function: "modules", API: protocol.UAPI})
	if err != nil {
		return nil, nil, err
	}
	if err := answer.Err(); err != nil {
		return nil, nil, err
	}
	c, err = Decode(answer.Data)
	return c, answer.Warnings, err
}

// Decode reads the data of LiveAPI::modules.
func Decode(data json.RawMessage) (Catalogue, error) {
	var c Catalogue
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("the host's list of modules cannot be read: %w", err)
	}
	for _, m := range c {
		for i := range m.Functions {
			if m.Functions[i].API == 0 {
				m.Functions[i].API = protocol.UAPI
			}
		}
	}
	return c, nil
}

// Of is the catalogue with the functions of one API version only, and without
// the modules that have none.
func (c Catalogue) Of(api protocol.APIVersion) Catalogue {
	var of Catalogue
	for _, m := range c {
		var functions []Function
		for _, f := range m.Functions {
			if f.API == api {
				functions = append(functions, f)
			}
		}
		if m.Functions = functions; functions != nil {
			of = append(of, m)
		}
	}
	return of
}

// Module is the module of this name; nil when there is none.
func (c Catalogue) Module(name string) *Module {
	for i := range c {
		if c[i].Name == name {
			return &c[i]
		}
	}
	return nil
}

// Serves is the first module that has a function of this name, with the function:
// for functions that are named without their module. Both are nil when none has.
func (c Catalogue) Serves(name string) (*Module, *Function) {
	for i := range c {
		if f := c[i].Function(name); f != nil {
			return &c[i], f
		}
	}
	return nil, nil
}

// Function is the function of this name; nil when there is none.
func (m *Module) Function(name string) *Function {
	for i := range m.Functions {
		if m.Functions[i].Name == name {
			return &m.Functions[i]
		}
	}
	return nil
}

// Param is the parameter of this name; nil when there is none.
func (f *Function) Param(name string) *Field {
	for i := range f.Params {
		if f.Params[i].Name == name {
			return &f.Params[i]
		}
	}
	return nil
}

// Summary is the first line of a documentation.
func Summary(doc string) string {
	line, _, _ := strings.Cut(doc, "\n")
	return line
}
