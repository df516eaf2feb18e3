// Package catalogue has the modules and functions of a host, as LiveAPI::modules
// returns them: the source of the commands' lists, help, completion and "did you
// mean". It does not decide who may call a function: the host does, at each call.
package catalogue

import (
	"encoding/json"
	"fmt"

	"liveapi.host/host/caller"
	"liveapi.host/protocol"
)

// Catalogue is the modules of a host, sorted by name, each with the functions of
// every API version.
type Catalogue []protocol.Manifest

// Ask asks a host for its modules; the host then starts those that have not been
// called yet. The answer's data is for [Decode], and each of its warnings is about a
// program that cannot be used. When the call failed the error has the host's text.
func Ask(conn *caller.Conn) (*caller.Answer, error) {
	answer, err := conn.Call(caller.Request{Module: "LiveAPI", Function: "modules", API: protocol.UAPI})
	if err != nil {
		return nil, err
	}
	return answer, answer.Err()
}

// Fetch is Ask and Decode.
func Fetch(conn *caller.Conn) (c Catalogue, warnings []string, err error) {
	answer, err := Ask(conn)
	if err != nil {
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
	for i := range c {
		c[i] = c[i].Complete()
	}
	return c, nil
}

// Of returns the catalogue with the functions of one API version only, and without
// the modules that have no such function.
func (c Catalogue) Of(api protocol.APIVersion) Catalogue {
	var of Catalogue
	for _, m := range c {
		var functions []protocol.Function
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

// Module returns the module of this name; nil when there is none.
func (c Catalogue) Module(name string) *protocol.Manifest {
	for i := range c {
		if c[i].Module == name {
			return &c[i]
		}
	}
	return nil
}

// Serves returns the first module that has a function of this name, and the function:
// for functions that are named without their module. Both are nil when no module has.
func (c Catalogue) Serves(name string) (*protocol.Manifest, *protocol.Function) {
	for i := range c {
		if f := c[i].Function(name); f != nil {
			return &c[i], f
		}
	}
	return nil, nil
}
