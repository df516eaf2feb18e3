package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// arguments returns one JSON object for arguments of the form name=value, both sides
// URI-encoded. A repeated name makes a list (U8). With stdin, arguments are an error.
func arguments(list []string, stdin bool) (json.RawMessage, error) {
	if stdin && len(list) > 0 {
		return nil, errors.New("arguments come either from standard input (--input=json) or as name=value, not both")
	}
	pairs := make([]uapi.Pair, 0, len(list))
	for i, argument := range list {
		name, value, err := pair(i+1, argument)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, uapi.Pair{Name: name, Value: value})
	}
	return uapi.ArgsFromPairs(pairs)
}

// pair splits an argument at its first = and decodes both sides once. Errors
// never quote a value: it may be a secret.
func pair(place int, argument string) (name, value string, err error) {
	name, value, found := strings.Cut(argument, "=")
	if !found {
		return "", "", fmt.Errorf("argument %d is not of the form name=value", place)
	}
	if name, err = url.PathUnescape(name); err != nil {
		return "", "", fmt.Errorf("the name of argument %d is not URI-encoded: write %%25 for a percent sign", place)
	}
	if value, err = url.PathUnescape(value); err != nil {
		return "", "", fmt.Errorf("the value of %s is not URI-encoded: write %%25 for a percent sign", name)
	}
	return name, value, nil
}

// readObject reads the arguments from standard input: one JSON object that W14 allows
// and that is not longer than a payload can be (W12). null and [] mean no arguments
// (U9).
func readObject(r io.Reader) (json.RawMessage, error) {
	text, err := io.ReadAll(io.LimitReader(r, liveapi.MaxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("read the arguments from standard input: %w", err)
	}
	if len(text) > liveapi.MaxPayload {
		return nil, fmt.Errorf("standard input is longer than the %d bytes that a request can have (W12)", liveapi.MaxPayload)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(text) == 0 {
		return nil, errors.New(`standard input is empty; write {} for no arguments`)
	}
	if err := liveapi.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	switch {
	case text[0] == '{':
		return text, nil
	case string(text) == "null", text[0] == '[' && len(bytes.TrimSpace(text[1:len(text)-1])) == 0:
		return nil, nil
	}
	return nil, errors.New(`standard input is JSON, but not an object; write the arguments as {"name":"value"}`)
}
