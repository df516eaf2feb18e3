package reference

import (
	"encoding/json"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Placeholders in examples. A secret has its own, so that nobody takes the value in
// an example for a real secret.
const (
	placeText   = "TEXT"
	placeSecret = "SECRET"
	placeJSON   = "JSON"
	placeName   = "NAME"
)

// sample returns one JSON value of a field's type.
func sample(f protocol.Field) json.RawMessage {
	one := sampleOne(f)
	if f.List {
		return append(append(json.RawMessage{'['}, one...), ']')
	}
	return one
}

func sampleOne(f protocol.Field) json.RawMessage {
	switch f.Type {
	case protocol.TypeNumber, protocol.TypeFlag:
		return json.RawMessage("1")
	case protocol.TypeString:
		if f.Secret {
			return quoted(placeSecret)
		}
		return quoted(placeText)
	case protocol.TypeAny:
		return json.RawMessage("{}")
	case protocol.TypeObject, protocol.TypeMap:
		out := json.RawMessage{'{'}
		for i, m := range f.Fields {
			if i > 0 {
				out = append(out, ',')
			}
			name := m.Name
			if f.Type == protocol.TypeMap {
				name = placeName
			}
			out = append(append(append(out, quoted(name)...), ':'), sample(m)...)
		}
		return append(out, '}')
	}
	return json.RawMessage("null")
}

// quoted returns a text as JSON, with < and > not escaped.
func quoted(text string) json.RawMessage {
	raw, err := encode(text)
	if err != nil { // a text can always be encoded
		panic(err)
	}
	return raw
}

// succeeded returns the result of a successful call; package uapi makes the reply
// from it (U1, U4, U5).
func succeeded(f protocol.Function) *protocol.Result {
	return &protocol.Result{Status: 1, Data: sample(f.Returns)}
}

// reply returns the form in which a caller gets a result: the core result of UAPI,
// or the envelope of API 2, API 1 (U5) or WHM API 1 (U §7).
func reply(module string, f protocol.Function, r *protocol.Result) (json.RawMessage, error) {
	if f.API == protocol.UAPI {
		return uapi.AppendCore(nil, r)
	}
	return uapi.Append(nil, &protocol.Call{API: f.API, Module: module, Function: f.Name}, r, 0)
}
