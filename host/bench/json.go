package main

import (
	"encoding/json"
	"os"

	"liveapi.host/host/bench/internal/measure"
)

// jsonRow is one row at one number of callers, for other programs: medians of the
// rounds, in µs and calls a second. Processor times are those of one call.
type jsonRow struct {
	Table     string  `json:"table"`
	Name      string  `json:"name"`
	Callers   int     `json:"callers"`
	Rate      float64 `json:"rate"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	CPUHost   float64 `json:"cpu_host"`   // or of the relay; 0 when there is none
	CPUModule float64 `json:"cpu_module"` // or of the echo; 0 when there is none
}

// writeJSON writes what the tables say to a file.
func writeJSON(file string, tables []*table) error {
	var out struct {
		Rows []jsonRow `json:"rows"`
	}
	for _, t := range tables {
		for _, r := range t.rows {
			for _, n := range r.callers {
				m := r.results[n]
				out.Rows = append(out.Rows, jsonRow{Table: t.name, Name: r.name, Callers: n,
					Rate: measure.Median(m, rate), P50: measure.Median(m, p50), P99: measure.Median(m, p99),
					CPUHost:   measure.Median(m, func(m measured) float64 { return m.cpuOfCall[0] }),
					CPUModule: measure.Median(m, func(m measured) float64 { return m.cpuOfCall[1] })})
			}
		}
	}
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
