package reference

import (
	"encoding/json"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Placeholders in examples. A secret has one of its own, so that nobody takes an
// example's value for one.
const (
	placeText   = "TEXT"
	placeSecret = "SECRET"
	placeJSON   = "JSON"
	placeName   = "NAME"
)

// sample is one JSON value of a field's shape.
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

// quoted is a text as JSON, with < and > as they are.
func quoted(text string) json.RawMessage {
	raw, err := encode(text)
	if err != nil { // a text can always be encoded
		panic(err)
	}
	return raw
}

// succeeded is the result of a call that went well; what travels for it is made
// by package uapi (U1, U4, U5).
func succeeded(f protocol.Function) *protocol.Result {
	return &protocol.Result{Status: 1, Data: sample(f.Returns)}
}

// reply is what a caller gets of a result: the flat core of UAPI, or the envelope
// of API 2, API 1 (U5) or WHM API 1 (U §7).
func reply(module string, f protocol.Function, r *protocol.Result) (json.RawMessage, error) {
	if f.API == protocol.UAPI {
		return uapi.AppendCore(nil, r)
	}
	return uapi.Append(nil, &protocol.Call{API: f.API, Module: module, Function: f.Name}, r, 0)
}
