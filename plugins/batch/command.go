package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"liveapi.host/sdk"
)

// MaxCommands is how many commands one batch may have.
const MaxCommands = 100

// form is what a command has to look like, for error texts.
const form = `a JSON array ["Module","function",{…}] of 2 or 3 items`

// command is one call of a batch.
type command struct {
	module, function string
	args             json.RawMessage // nil when there are none
}

func (c command) String() string { return c.module + "::" + c.function }

// parser reads the commands of a batch.
type parser struct{ module, function *regexp.Regexp }

func newParser() parser {
	return parser{ // W16
		module:   regexp.MustCompile(`^([A-Z][A-Za-z0-9]{0,63}|c[A-Z][A-Za-z0-9]{0,62})$`),
		function: regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`),
	}
}

// parse returns the commands of a batch, all of them or none. Each entry is
// the JSON of one command, or of a list of commands. An error is for the caller:
// it names the first broken command by its number.
func (p parser) parse(entries []json.RawMessage) ([]command, error) {
	var all []json.RawMessage
	for _, entry := range entries {
		all = append(all, spread(entry)...)
	}
	switch {
	case len(all) == 0:
		return nil, sdk.BadParam("command", "is an empty list", form+" is allowed, once for each command")
	case len(all) > MaxCommands:
		return nil, sdk.BadParam("command", fmt.Sprintf("has %d commands", len(all)),
			fmt.Sprintf("at most %d are allowed; nothing was executed", MaxCommands))
	}
	commands := make([]command, 0, len(all))
	for i, raw := range all {
		c, err := p.command(raw)
		if err != nil {
			return nil, sdk.BadParam("command", fmt.Sprintf("has a broken command %d (%v)", i+1, err),
				form+" is allowed; nothing was executed")
		}
		commands = append(commands, c)
	}
	return commands, nil
}

// spread returns the entries of a list of commands. Anything else it returns as one
// command. The two differ in their first item: in a list of commands it is itself a
// list, or a text that holds one; in a command it is the name of a module.
func spread(raw json.RawMessage) []json.RawMessage {
	list, ok := array(raw)
	if !ok || len(list) > 0 && !isArray(unquote(list[0])) {
		return []json.RawMessage{raw}
	}
	return list
}

// command reads one command. Its error is for the brackets in a longer text.
func (p parser) command(raw json.RawMessage) (command, error) {
	items, ok := array(unquote(raw))
	if !ok {
		return command{}, errors.New("it is not a JSON array")
	}
	if len(items) != 2 && len(items) != 3 {
		return command{}, fmt.Errorf("it has %d items", len(items))
	}
	var c command
	if !name(items[0], p.module, &c.module) {
		return command{}, errors.New("its first item is not a module's name")
	}
	if !name(items[1], p.function, &c.function) {
		return command{}, errors.New("its second item is not a function's name")
	}
	if c.module == moduleName {
		return command{}, errors.New("a batch inside a batch")
	}
	if len(items) == 3 {
		if sdk.CheckArgs(items[2]) != nil {
			return command{}, errors.New("its third item is not an object of names and values that a call can have: W14")
		}
		c.args = items[2]
	}
	return c, nil
}

// name reads a text that matches allowed.
func name(raw json.RawMessage, allowed *regexp.Regexp, s *string) bool {
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, s) == nil && allowed.MatchString(*s)
}

// unquote returns the content of a text, and any other value as it is: callers that
// can only send texts write JSON in them.
func unquote(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	return json.RawMessage(text)
}

func isArray(raw json.RawMessage) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == '['
}

// array returns the items of a JSON array.
func array(raw json.RawMessage) (items []json.RawMessage, ok bool) {
	if !isArray(raw) {
		return nil, false
	}
	return items, json.Unmarshal(raw, &items) == nil
}
