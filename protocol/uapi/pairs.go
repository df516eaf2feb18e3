package uapi

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// Pair is one argument of a command line, a query string or a form, decoded.
type Pair struct{ Name, Value string }

// ArgsFromPairs makes the JSON object of a call's arguments (U7) from pairs.
// Every value becomes a text.
//
// When a name is repeated, all arguments of this name, with and without a suffix, get
// new numbers in their order (U8): name, name-1, name-2. Then [Args.List] returns
// every value in this order, and [Args.Get] of the name returns the first one. Without
// a repetition all names stay unchanged, and the numbers of their suffixes are the
// order.
//
// An error is a [*protocol.Error] of code invalid: a pair has no name, or is not
// UTF-8. It does not quote values.
func ArgsFromPairs(pairs []Pair) (json.RawMessage, error) {
	size := len("{}")
	repeated, err := repetitions(pairs)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		size += len(p.Name) + len(p.Value) + len(`"-1":"",`)
	}
	out := append(make([]byte, 0, size), '{')
	for i, p := range pairs {
		if i > 0 {
			out = append(out, ',')
		}
		name := p.Name
		base, _, _ := SplitSuffix(name)
		if next, ok := repeated[base]; ok {
			if name, err = nth(base, next); err != nil {
				return nil, err
			}
			repeated[base]++
		}
		out = append(jsontext.AppendString(out, name), ':')
		out = jsontext.AppendString(out, p.Value)
	}
	return append(out, '}'), nil
}

// repetitions checks the pairs, and returns 0 for each base name under which a
// name comes twice.
func repetitions(pairs []Pair) (map[string]int, error) {
	seen := make(map[string]bool, len(pairs))
	repeated := map[string]int{}
	for i, p := range pairs {
		switch {
		case p.Name == "":
			return nil, protocol.Errorf(protocol.CodeInvalid, "Argument %d has no name: write it as name=value.", i+1)
		case !utf8.ValidString(p.Name):
			return nil, protocol.Errorf(protocol.CodeInvalid, "The name of argument %d, %s, is not UTF-8: encode it "+
				"as UTF-8.", i+1, quote(p.Name))
		case !utf8.ValidString(p.Value):
			return nil, protocol.Errorf(protocol.CodeInvalid, "%s", BadArgument(shown(p.Name), "is not UTF-8", "encode it as UTF-8"))
		}
		if seen[p.Name] {
			base, _, _ := SplitSuffix(p.Name)
			repeated[base] = 0
		}
		seen[p.Name] = true
	}
	return repeated, nil
}

// nth returns the name of a repeated argument's value, counted from 0. A base that
// itself ends like a suffix always gets a number, since without one it would belong to
// the list of a shorter name.
func nth(base string, n int) (string, error) {
	if _, _, suffixed := SplitSuffix(base); n == 0 && !suffixed {
		return base, nil
	}
	name := fmt.Sprint(base, "-", n)
	if _, _, ok := SplitSuffix(name); !ok {
		return "", protocol.Errorf(protocol.CodeInvalid, "%s", BadArgument(shown(base), "is repeated "+
			"too often", "a million values are allowed"))
	}
	return name, nil
}
