package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"liveapi.host/protocol"
)

// numbered is a module of LiveAPI that is called like its program: the program is there
// many times, once for each module.
type numbered struct{ name string }

// modulePrograms puts this program n times into a folder, and returns the names of the modules.
func modulePrograms(folder string, n int) (names []string, err error) {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	first := ""
	for i := range n {
		name := fmt.Sprintf("Bench%d", i)
		path := filepath.Join(folder, fmt.Sprintf("bench%d", i))
		if first == "" {
			first = path
			err = os.WriteFile(path, program, 0o755)
		} else {
			err = os.Link(first, path)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func newNumbered() numbered {
	return numbered{"B" + filepath.Base(os.Args[0])[1:]}
}

// Describe implements protocol.Module.
func (m numbered) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: m.name, Doc: "Does nothing.", Functions: []protocol.Function{
		{Name: "empty", Doc: "Does nothing.", API: protocol.UAPI, AllowDemo: true},
	}}}, nil
}

// Invoke implements protocol.Module.
func (numbered) Invoke(context.Context, *protocol.Call) (*protocol.Result, error) {
	return &protocol.Result{Status: 1}, nil
}
