package reference

import (
	"encoding/json"

	"liveapi.host/protocol"
)

const (
	flagValues raw = "[0,1]" // U2
	flagOrNull raw = "[0,1,null]"
)

// result returns the schema of a function's data or of one of its members. Only a
// field that the manifest marks as required is always present and never null:
// modules use null for unknown values and for empty lists.
func result(f protocol.Field, required bool) *schema {
	s := value(f, result)
	if f.List {
		s = &schema{Type: types{"array"}, Items: s}
	}
	if required || s.Type == nil || s.Type[0] == "null" {
		return s
	}
	s.Type = append(s.Type, "null")
	if s.Enum == flagValues {
		s.Enum = flagOrNull
	}
	return s
}

// argumentValue returns the schema of a parameter's value in JSON or of one of its
// members. Callers may send a number as a text, too (U7).
func argumentValue(p protocol.Field, _ bool) *schema {
	s := value(p, argumentValue)
	if p.List {
		s = &schema{Type: types{"array"}, Items: s}
	}
	return s
}

// value returns the schema of one value of a field's type; members makes the
// schemas of its members.
func value(f protocol.Field, members func(protocol.Field, bool) *schema) *schema {
	switch f.Type {
	case protocol.TypeString:
		return &schema{Type: types{"string"}}
	case protocol.TypeNumber:
		return &schema{Type: types{"number"}}
	case protocol.TypeFlag:
		return &schema{Type: types{"integer"}, Enum: flagValues}
	case protocol.TypeNull:
		return &schema{Type: types{"null"}}
	case protocol.TypeMap:
		return &schema{Type: types{"object"}, AdditionalProperties: described(members(f.Fields[0], false), f.Fields[0])}
	case protocol.TypeObject:
		s := &schema{Type: types{"object"}}
		for _, m := range f.Fields {
			s.Properties.add(m.Name, described(members(m, bool(m.Required)), m))
			if m.Required {
				s.Required = append(s.Required, m.Name)
			}
		}
		return s
	}
	return &schema{}
}

// described adds the manifest's description of a field, and whether it is a secret.
func described(s *schema, f protocol.Field) *schema {
	s.Description, s.Secret = paragraphs(f.Doc), bool(f.Secret)
	return s
}

// queried returns the schema of a parameter in a query string, where a value is a
// text.
func queried(p protocol.Field) *schema {
	s := &schema{Type: types{"string"}, ContentMediaType: mediaJSON} // for a list, whose items cannot have Content
	if !isNested(p) {
		s = value(p, argumentValue)
	}
	if p.Secret {
		s.Format = "password"
	}
	if p.List {
		s = &schema{Type: types{"array"}, Items: s}
	}
	return s
}

// sent returns the schema of a function's arguments in a request's body.
func sent(f protocol.Function) *schema {
	s := &schema{Type: types{"object"}}
	for _, p := range f.Params {
		if isRest(p) {
			s.AdditionalProperties = described(&schema{Type: types{"string"}}, p)
			continue
		}
		property := described(argumentValue(p, true), p)
		if p.Secret {
			target := property
			if p.List {
				target = property.Items
			}
			property.WriteOnly, target.Format = true, "password"
		}
		s.Properties.add(p.Name, property)
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	return s
}

// succeededSchema returns the schema of the core result of a successful call (U1).
func succeededSchema(f protocol.Function) *schema {
	data := result(f.Returns, bool(f.Returns.Required))
	if hasRows(f) {
		data.Items.Required = nil // api.columns may remove any member (U13)
	}
	return core(data, "1", texts("null"))
}

// failedSchema returns the schema of the core result of a failed call: it has
// errors, and its data may be anything (U3).
func failedSchema() *schema {
	return core(&schema{}, "0", texts())
}

// core returns the schema of the six members of U1, in their order.
func core(data *schema, status raw, errors *schema) *schema {
	s := &schema{Type: types{"object"}, Required: []string{"data", "errors", "messages", "metadata", "status", "warnings"}}
	s.Properties.add("data", data)
	s.Properties.add("errors", errors)
	s.Properties.add("messages", texts("null"))
	s.Properties.add("metadata", &schema{Ref: schemaRef + "Metadata"})
	s.Properties.add("status", &schema{Type: types{"integer"}, Const: status})
	s.Properties.add("warnings", texts("null"))
	return s
}

// texts returns the schema of a list of texts that is not empty; a value may also
// have one of the types or (U1).
func texts(or ...string) *schema {
	return &schema{Type: append(types{"array"}, or...), MinItems: 1, Items: &schema{Type: types{"string"}}}
}

// metadata returns the schema of what a host adds to a result (U4, U10, U12); a
// module may add more.
func metadata() *schema {
	count := func() *schema { return &schema{Type: types{"integer"}, Minimum: "0"} }
	before := count()
	before.Description = "How many entries there were before the filters."
	filter, pages := &schema{Type: types{"object"}}, &schema{Type: types{"object"}}
	filter.Properties.add("records_before_filter", count())
	for _, name := range []string{"current_page", "results_per_page", "start_result", "total_pages", "total_results"} {
		pages.Properties.add(name, count())
		pages.Required = append(pages.Required, name)
	}
	s := &schema{Type: types{"object"}}
	s.Properties.add("filter", filter)
	s.Properties.add("paginate", pages)
	s.Properties.add("records_before_filter", before)
	s.Properties.add("transformed", &schema{Type: types{"integer"}, Const: "1", Description: "Present only when data is a list."})
	return s
}

// denied returns the schema of the body of 401 and 403, and an example (U6).
func denied() (*schema, json.RawMessage) {
	text := func(value string) *schema { return &schema{Type: types{"string"}, Const: raw(quoted(value))} }
	data, inner, s := &schema{Type: types{"object"}}, &schema{Type: types{"object"}}, &schema{Type: types{"object"}}
	data.Properties.add("reason", text("Access denied"))
	data.Properties.add("result", text("0"))
	inner.Properties.add("apiversion", text("2"))
	inner.Properties.add("data", data)
	inner.Properties.add("error", text("Access denied"))
	inner.Properties.add("type", text("text"))
	s.Properties.add("cpanelresult", inner)
	data.Required = []string{"reason", "result"}
	inner.Required = []string{"apiversion", "data", "error", "type"}
	s.Required = []string{"cpanelresult"}
	shown := `{"cpanelresult":{"apiversion":"2","data":{"reason":"Access denied","result":"0"},"error":"Access denied","type":"text"}}`
	return s, json.RawMessage(shown)
}
