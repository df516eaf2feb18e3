package host

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"liveapi.host/protocol"
)

// self is the module that the host itself serves, under the name LiveAPI: what
// `liveapi modules`, completion and the module Features ask, through a daemon
// or not.
type self Host

func (*self) Describe(context.Context) ([]protocol.Manifest, error) {
	text := func(name, doc string) protocol.Field {
		return protocol.Field{Name: name, Doc: doc, Type: protocol.TypeString}
	}
	number := func(name, doc string) protocol.Field {
		return protocol.Field{Name: name, Doc: doc, Type: protocol.TypeNumber}
	}
	object := func(list bool, fields ...protocol.Field) protocol.Field {
		return protocol.Field{Type: protocol.TypeObject, List: list, Fields: fields}
	}
	return []protocol.Manifest{{
		Module: "LiveAPI",
		Doc:    "What this host is and what it serves.",
		Functions: []protocol.Function{
			{Name: "features", API: protocol.UAPI, AllowDemo: true, Doc: "Lists the features that the administrator has named, and those that functions need.",
				Returns: object(true, text("id", "The feature's name."), text("name", "What to show for it."))},
			{Name: "modules", API: protocol.UAPI, AllowDemo: true, Doc: "Lists the modules, starting those that have not been called yet.",
				Returns: object(true, text("doc", "What the module is for."), text("file", "Its program; empty for a module inside the host."),
					protocol.Field{Name: "functions", Doc: "Its functions, with their parameters and results.", Type: protocol.TypeAny, List: true},
					text("module", "Its name."), text("version", "Its version."))},
			{Name: "version", API: protocol.UAPI, AllowDemo: true, Doc: "The host's version and process.",
				Returns: object(false, number("pid", "The host's process."), text("version", "The host's version."))},
		},
	}}, nil
}

// moduleInfo is one row of LiveAPI::modules.
type moduleInfo struct {
	Doc       string         `json:"doc"`
	File      string         `json:"file"` // "" for a module inside the host
	Functions []functionInfo `json:"functions"`
	Module    string         `json:"module"`
	Version   string         `json:"version"`
}

type functionInfo struct {
	AllowDemo    flag                `json:"allow_demo"`
	API          protocol.APIVersion `json:"api"`
	Doc          string              `json:"doc"`
	Name         string              `json:"name"`
	NeedsFeature string              `json:"needs_feature"`
	Params       []fieldInfo         `json:"params"`
	ReadOnly     flag                `json:"read_only"`
	Returns      fieldInfo           `json:"returns"`
}

type fieldInfo struct {
	Doc      string      `json:"doc"`
	Fields   []fieldInfo `json:"fields"`
	List     flag        `json:"list"`
	Name     string      `json:"name"`
	Required flag        `json:"required"`
	Secret   flag        `json:"secret"`
	Type     string      `json:"type"`
}

// flag is a boolean as U2 has it.
type flag bool

func (f flag) MarshalJSON() ([]byte, error) {
	if f {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

func (s *self) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.Function == "version" {
		return success(map[string]any{"pid": os.Getpid(), "version": s.cfg.Version})
	}
	manifests, err := s.router.Describe(ctx)
	rows := s.modules(manifests)
	if call.Function == "features" {
		rows = s.features(manifests)
	}
	result, encoding := success(rows)
	if err != nil && encoding == nil {
		result.Warnings = []string{err.Error()}
	}
	return result, encoding
}

func (s *self) modules(manifests []protocol.Manifest) any {
	rows := make([]moduleInfo, 0, len(manifests))
	for _, m := range manifests {
		row := moduleInfo{Doc: m.Doc, Module: m.Module, Version: m.Version, Functions: []functionInfo{}}
		if entry := (*s.router.table.Load())[m.Module]; entry != nil { // it may have changed since
			row.File = entry.file
		}
		for _, f := range m.Functions {
			row.Functions = append(row.Functions, functionInfo{
				AllowDemo: flag(f.AllowDemo), API: f.API, Doc: f.Doc, Name: f.Name, NeedsFeature: f.NeedsFeature,
				Params: fieldInfos(f.Params), ReadOnly: flag(f.ReadOnly), Returns: newFieldInfo(f.Returns),
			})
		}
		rows = append(rows, row)
	}
	return rows
}

func fieldInfos(fields []protocol.Field) []fieldInfo {
	infos := make([]fieldInfo, 0, len(fields))
	for _, f := range fields {
		infos = append(infos, newFieldInfo(f))
	}
	return infos
}

func newFieldInfo(f protocol.Field) fieldInfo {
	if f.Type == "" {
		f.Type = protocol.TypeNull
	}
	return fieldInfo{Doc: f.Doc, Fields: fieldInfos(f.Fields), List: flag(f.List), Name: f.Name, Required: flag(f.Required), Secret: flag(f.Secret), Type: f.Type}
}

// features lists every feature that is known: by the configuration, with its
// title, or because a function needs it.
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
