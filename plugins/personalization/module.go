package personalization

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"liveapi.host/plugins/internal/namedvalues"
	"liveapi.host/sdk"
)

// New returns the module Personalization.
func New() *sdk.Module {
	p := personalization{namedvalues.NewEditor()}
	return &sdk.Module{
		Name:    "Personalization",
		Doc:     "Values that pages store for an account.",
		Version: "1.0.0",
		Functions: []sdk.Function{
			sdk.Func("get", "Returns stored values.\ntrue and false are returned as 1 and 0, as everywhere.",
				p.get).AllowDemo().PrefetchRecords(namedvalues.Key),
			sdk.Func("set",
				"Stores values: all of them, or none when one cannot be stored.\nA value of null deletes the "+
					"name.\n"+namedvalues.Bounds()+"\nDemo accounts may not.", p.set),
		},
	}
}

type personalization struct{ editor *namedvalues.Editor }

type getIn struct {
	Names []string `json:"names" doc:"A name; repeat it for several, or send a JSON list. Without it all are returned."`
}

// outcome is the result for one name.
type outcome struct {
	Reason  string          `json:"reason" doc:"\"OK\", or why there is no value."`
	Success bool            `json:"success" doc:"1 when there is a value, or it was set."`
	Value   json.RawMessage `json:"value" doc:"The value; null when there is none."`
}

type outcomes struct {
	ByName map[string]outcome `json:"personalization" doc:"What there is, by name."`
}

func (p personalization) get(ctx context.Context, call *sdk.Call, in getIn) (outcomes, error) {
	names := listed(in.Names)
	if len(names) > namedvalues.MaxNames {
		return outcomes{}, sdk.BadParam(
			"names",
			fmt.Sprintf("has %d names", len(names)),
			fmt.Sprintf("at most %d are allowed", namedvalues.MaxNames),
		)
	}
	for i, name := range names {
		if !namedvalues.IsName(name) {
			return outcomes{}, namedvalues.BadName("names", fmt.Sprintf("(entry %d) is no name", i+1))
		}
	}
	kept, err := namedvalues.Load(ctx, call.Storage())
	if err != nil {
		return outcomes{}, err
	}
	if len(names) == 0 {
		names = slices.Collect(maps.Keys(kept))
	}
	found := make(map[string]outcome, len(names))
	for _, name := range names {
		found[name] = outcome{Reason: "It is not set."}
		if value, ok := kept[name]; ok {
			found[name] = outcome{Reason: "OK", Success: true, Value: value}
		}
	}
	return outcomes{found}, nil
}

// listed returns the names of a JSON list that is in one text, as a command line
// writes it; it returns any other list as it is.
func listed(names []string) []string {
	if len(names) != 1 || names[0] == "" || names[0][0] != '[' {
		return names
	}
	var list []string
	if json.Unmarshal([]byte(names[0]), &list) != nil {
		return names
	}
	return list
}

type setIn struct {
	Values json.RawMessage `json:"personalization" required:"true" allowed:"a JSON object of names and values is allowed" doc:"A JSON object of names and values."`
}

func (p personalization) set(ctx context.Context, call *sdk.Call, in setIn) (outcomes, error) {
	const allowed = "a JSON object of names and values is allowed"
	var sent map[string]json.RawMessage
	if sdk.CheckArgs(in.Values) != nil { // W14 also holds for values that came as a text
		return outcomes{}, sdk.BadParam("personalization", "is not of the right form", allowed)
	}
	if in.Values[0] == '{' {
		if err := json.Unmarshal(in.Values, &sent); err != nil {
			return outcomes{}, fmt.Errorf("decode what has been checked: %w", err)
		}
	}
	if len(sent) == 0 {
		return outcomes{}, sdk.BadParam("personalization", "is empty", allowed)
	}
	changes, done := make(namedvalues.Values, len(sent)), make(map[string]outcome, len(sent))
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if !namedvalues.IsName(name) {
			return outcomes{}, namedvalues.BadName("personalization", "has a member whose name is none")
		}
		value := sent[name]
		if err := namedvalues.CheckValue(name, value); err != nil {
			return outcomes{}, err
		}
		done[name] = outcome{Reason: "OK", Success: true, Value: value}
		if string(value) == "null" {
			value = nil
		}
		changes[name] = value
	}
	if err := p.editor.Change(ctx, call, changes); err != nil {
		return outcomes{}, err
	}
	return outcomes{done}, nil
}
