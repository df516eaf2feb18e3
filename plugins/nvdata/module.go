package nvdata

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"liveapi.host/plugins/internal/namedvalues"
	"liveapi.host/sdk"
)

// New returns the module NVData.
func New() *sdk.Module {
	n := nvdata{namedvalues.NewEditor()}
	return &sdk.Module{
		Name:    "NVData",
		Doc:     "Texts that pages store for an account.",
		Version: "1.0.0",
		Functions: []sdk.Function{
			sdk.Func("get", "Returns stored texts, in the order of the parameter names.\nThe text of a name that is not set is empty.",
				n.get).AllowDemo().PrefetchRecords(namedvalues.Key),
			sdk.Func("set",
				"Stores texts: all of them, or none when one cannot be stored.\nEach name is also a parameter with the text: "+
					"names=color|size, color=red, size=2. An empty text deletes the name.\n"+
					namedvalues.Bounds()+"\nDemo accounts may not.",
				n.set),
		},
	}
}

type nvdata struct{ editor *namedvalues.Editor }

type nvGetIn struct {
	Names string `json:"names" required:"true" doc:"The names, with | between."`
}

type nvGot struct {
	Name  string `json:"name" doc:"The name."`
	Value string `json:"value" doc:"Its text; empty when it is not set."`
}

func (n nvdata) get(ctx context.Context, call *sdk.Call, in nvGetIn) ([]nvGot, error) {
	names, err := splitNames(in.Names)
	if err != nil {
		return nil, err
	}
	kept, err := namedvalues.Load(ctx, call.Storage())
	if err != nil {
		return nil, err
	}
	rows := []nvGot{}
	for _, name := range names {
		row := nvGot{Name: name}
		if value, ok := kept[name]; ok {
			if err := json.Unmarshal(value, &row.Value); err != nil {
				return nil, fmt.Errorf("the stored value of a name: %w", err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

type nvSetIn struct {
	Names      string            `json:"names" required:"true" doc:"The names, with | between."`
	SetMissing bool              `json:"setmissing" doc:"1: names without a parameter are deleted. 0 (default): they are not changed, and there is a warning."`
	Texts      map[string]string `json:"*" doc:"The text of each name, as a parameter of that name."`
}

type nvSet struct {
	Set   string `json:"set" doc:"The name."`
	Value string `json:"value" doc:"Its text now."`
}

func (n nvdata) set(ctx context.Context, call *sdk.Call, in nvSetIn) ([]nvSet, error) {
	names, err := splitNames(in.Names)
	if err != nil {
		return nil, err
	}
	changes, rows := make(namedvalues.Values, len(names)), []nvSet{}
	for _, name := range names {
		if name == "names" || name == "setmissing" || strings.HasPrefix(name, "api.") || strings.HasPrefix(name, "api2_") {
			return nil, sdk.BadParam("names", "has “"+name+"”, which means something else in every call", "other names are allowed")
		}
		text, sent := in.Texts[name]
		if !sent && !in.SetMissing {
			call.Warn("“%s” was not changed, since no parameter of that name was sent.", name)
			continue
		}
		rows = append(rows, nvSet{Set: name, Value: text})
		if text == "" {
			changes[name] = nil
			continue
		}
		value, err := json.Marshal(text)
		if err != nil {
			return nil, fmt.Errorf("encode a value: %w", err)
		}
		if err := namedvalues.CheckValue(name, value); err != nil {
			return nil, err
		}
		changes[name] = value
	}
	if len(changes) == 0 {
		return rows, nil
	}
	if err := n.editor.Change(ctx, call, changes); err != nil {
		return nil, err
	}
	return rows, nil
}

// splitNames splits a list of names. It trims blanks around a name, and drops empty
// names and duplicates.
func splitNames(list string) ([]string, error) {
	var names []string
	for part := range strings.SplitSeq(list, "|") {
		name := strings.Trim(part, " ")
		if name == "" || slices.Contains(names, name) {
			continue
		}
		if !namedvalues.IsName(name) {
			return nil, namedvalues.BadName("names", fmt.Sprintf("has a wrong name at place %d", len(names)+1))
		}
		names = append(names, name)
		if len(names) > namedvalues.MaxNames {
			return nil, sdk.BadParam("names", fmt.Sprintf("has more than %d names", namedvalues.MaxNames), "fewer are allowed in one call")
		}
	}
	if len(names) == 0 {
		return nil, sdk.BadParam("names", "has no name", "names with | between are allowed")
	}
	return names, nil
}
