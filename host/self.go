package host

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"liveapi.host/protocol"
)

// self is the module that the host itself serves, under the name LiveAPI: what
// `liveapi modules` asks, through a daemon or not.
type self Host

func (*self) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{
		Module: "LiveAPI",
		Doc:    "What this host is and what it serves.",
		Functions: []protocol.Function{
			{Name: "modules", API: protocol.UAPI, Doc: "Lists the modules, starting those that have not been called yet."},
			{Name: "version", API: protocol.UAPI, Doc: "The host's version and process."},
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
	Doc    string   `json:"doc"`
	Name   string   `json:"name"`
	Params []string `json:"params"`
}

func (s *self) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.Function == "version" {
		return success(map[string]any{"pid": os.Getpid(), "version": s.cfg.Version})
	}
	manifests, err := s.router.Describe(ctx)
	rows := make([]moduleInfo, 0, len(manifests))
	for _, m := range manifests {
		row := moduleInfo{Doc: m.Doc, Module: m.Module, Version: m.Version, Functions: []functionInfo{}}
		row.File = (*s.router.table.Load())[m.Module].file
		for _, f := range m.Functions {
			row.Functions = append(row.Functions, functionInfo{Doc: f.Doc, Name: f.Name, Params: paramNames(f)})
		}
		rows = append(rows, row)
	}
	result, encoding := success(rows)
	if err != nil && encoding == nil {
		result.Warnings = []string{err.Error()}
	}
	return result, encoding
}

// paramNames marks what may be left out by brackets.
func paramNames(f protocol.Function) []string {
	names := []string{}
	for _, p := range f.Params {
		name := p.Name
		if p.List {
			name += "…"
		}
		if !p.Required {
			name = "[" + name + "]"
		}
		names = append(names, name)
	}
	return names
}

func success(data any) (*protocol.Result, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("encode a result: %w", err)
	}
	return &protocol.Result{Status: 1, Data: raw}, nil
}
