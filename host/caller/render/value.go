package render

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// kind is the type of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// value is one JSON value whose members are in the order in which they came.
type value struct {
	kind  kind
	text  string  // a string's characters, a number's or boolean's literal text
	items []value // of a list or an object
	names []string
}

// parse reads one JSON value.
func parse(raw json.RawMessage) (value, error) {
	tokens := json.NewDecoder(bytes.NewReader(raw))
	tokens.UseNumber()
	return next(tokens)
}

func next(tokens *json.Decoder) (value, error) {
	token, err := tokens.Token()
	if err != nil {
		return value{}, fmt.Errorf("read JSON: %w", err)
	}
	switch t := token.(type) {
	case string:
		return value{kind: text, text: t}, nil
	case json.Number:
		return value{kind: number, text: t.String()}, nil
	case bool:
		return value{kind: boolean, text: fmt.Sprint(t)}, nil
	case json.Delim:
		if t == '{' {
			return members(tokens)
		}
		return elements(tokens)
	}
	return value{kind: null, text: "null"}, nil
}

func elements(tokens *json.Decoder) (value, error) {
	v := value{kind: list}
	for tokens.More() {
		item, err := next(tokens)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	_, err := tokens.Token()
	return v, err
}

func members(tokens *json.Decoder) (value, error) {
	v := value{kind: object}
	places := map[string]int{}
	for tokens.More() {
		name, err := tokens.Token()
		if err != nil {
			return v, err
		}
		item, err := next(tokens)
		if err != nil {
			return v, err
		}
		if at, twice := places[name.(string)]; twice {
			v.items[at] = item
			continue
		}
		places[name.(string)] = len(v.items)
		v.names, v.items = append(v.names, name.(string)), append(v.items, item)
	}
	_, err := tokens.Token()
	return v, err
}

// role reports whether a member holds the envelope's errors, which are painted: this
// is the member error or errors, at most one object below the root (U5).
func role(name string, depth int) bool {
	return depth <= 2 && (name == "error" || name == "errors")
}
