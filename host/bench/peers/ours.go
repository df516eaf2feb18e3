package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// oursRow is a row as bin/bench -json writes it.
type oursRow struct {
	Table   string `json:"table"`
	Name    string `json:"name"`
	Callers int    `json:"callers"`
	measured
	CPUHost   float64 `json:"cpu_host"`
	CPUModule float64 `json:"cpu_module"`
}

// addOurs has bin/bench measure its rows of a kind once. Its rows that are only the base of
// others are left out.
func (r *results) addOurs(o options, k kind) error {
	if o.bench == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "ours.json")
	cmd := exec.Command(o.bench, "-json", file, "-only", k.ours, "-rounds", "1", "-time", o.span.String())
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", cmd, err, text)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var ours struct {
		Rows []oursRow `json:"rows"`
	}
	if err := json.Unmarshal(text, &ours); err != nil {
		return fmt.Errorf("what %s wrote: %w", o.bench, err)
	}
	for _, row := range ours.Rows {
		if k.has(row) {
			row.CPU = row.CPUHost + row.CPUModule
			r.add(k.name, row.Name, row.Callers, row.measured)
		}
	}
	return nil
}
