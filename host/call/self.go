package call

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"liveapi.host/protocol"
)

// self is the module LiveAPI, which the host itself serves. `liveapi modules`, shell
// completion and pages call it, with a daemon and without.
type self Host

func (*self) Describe(context.Context) ([]protocol.Manifest, error) {
	text := func(name, doc string) protocol.Field {
		return protocol.Field{Name: name, Doc: doc, Type: protocol.TypeString}
	}
	number := func(name, doc string) protocol.Field {
		return protocol.Field{Name: name, Doc: doc, Type: protocol.TypeNumber}
	}
	object := func(list protocol.Flag, fields ...protocol.Field) protocol.Field {
		return protocol.Field{Type: protocol.TypeObject, List: list, Fields: fields}
	}
	return []protocol.Manifest{{
		Module: "LiveAPI",
		Doc:    "What this host is and what it serves.",
		Functions: []protocol.Function{
			{Name: "features", API: protocol.UAPI, AllowDemo: true,
				Doc:     "Lists the features that the administrator has named, and those that functions need.",
				Returns: object(true, text("id", "The feature's name."), text("name", "What to show for it."))},
			{Name: "modules", API: protocol.UAPI, AllowDemo: true, Doc: "Lists the modules, starting those that have not been called yet.",
				Returns: object(true, text("doc", "What the module is for."),
					text("file", "Its program; empty for a module inside the host."),
					protocol.Field{Name: "functions", Type: protocol.TypeAny, List: true,
						Doc: "Its functions, with their parameters and results."},
					text("module", "Its name."), text("version", "Its version."))},
			{Name: "version", API: protocol.UAPI, AllowDemo: true, Doc: "The host's version and process.",
				Returns: object(false, number("pid", "The host's process."), text("version", "The host's version."))},
		},
	}}, nil
}

func (s *self) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	if c.Function == "version" {
		return success(map[string]any{"pid": os.Getpid(), "version": s.cfg.Version})
	}
	manifests, unusable := s.router.Describe(ctx)
	var rows any = manifests
	if c.Function == "features" {
		rows = s.features(manifests)
	}
	result, err := success(rows)
	if err == nil && unusable != nil {
		result.Warnings = []string{unusable.Error()}
	}
	return result, err
}

// features lists all known features: those of the configuration, with their
// titles, and those that a function needs.
func (s *self) features(manifests []protocol.Manifest) any {
	titles := maps.Clone(s.cfg.Features)
	if titles == nil {
		titles = make(map[string]string)
	}
	for _, m := range manifests {
		for _, f := range m.Functions {
			if _, known := titles[f.NeedsFeature]; !known && f.NeedsFeature != "" {
				titles[f.NeedsFeature] = f.NeedsFeature
			}
		}
	}
	type row struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	rows := make([]row, 0, len(titles))
	for _, id := range slices.Sorted(maps.Keys(titles)) {
		rows = append(rows, row{id, titles[id]})
	}
	return rows
}

func success(data any) (*protocol.Result, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("encode a result: %w", err)
	}
	return &protocol.Result{Status: 1, Data: raw}, nil
}
