// Package catalogue is what a host serves, as it says so itself by
// LiveAPI::modules: the source of the commands' lists, help, completion and
// "did you mean".
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

// Ask asks a host what it serves, which makes it start the modules that have not
// been called yet. The answer is of a call that succeeded: its data is for
// [Decode], and each of its warnings is a program that cannot be used. An error is
// the host's own text when the call failed.
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

// Of is the catalogue with the functions of one API version only, and without
// the modules that have none.
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

// Module is the module of this name; nil when there is none.
func (c Catalogue) Module(name string) *protocol.Manifest {
	for i := range c {
		if c[i].Module == name {
			return &c[i]
		}
	}
	return nil
}

// Serves is the first module that has a function of this name, with the function:
// for functions that are named without their module. Both are nil when none has.
func (c Catalogue) Serves(name string) (*protocol.Manifest, *protocol.Function) {
	for i := range c {
		if f := c[i].Function(name); f != nil {
			return &c[i], f
		}
	}
	return nil, nil
}
