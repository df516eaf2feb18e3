package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"liveapi.host/host/bench/internal/measure"
)

// results are the rows of a run in the order in which they were first measured.
type results struct {
	Machine string        `json:"machine"`
	Date    string        `json:"date"`
	Load    string        `json:"load"` // average of the minute before the run
	Rounds  int           `json:"rounds"`
	Time    time.Duration `json:"time_ns"` // of one measurement
	Seconds int           `json:"seconds"` // of the run
	Rows    []*row        `json:"rows"`
	LeftOut []string      `json:"left_out"` // rows that a peer cannot carry
}

// row is one way to call one kind of function, at one number of callers.
type row struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Callers int    `json:"callers"`
	measured
	Rounds []measured `json:"-"` // those that the figures above are medians of
}

func newResults(o options) *results {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		load = []byte("unknown")
	}
	return &results{Load: strings.Fields(string(load))[0],
		Machine: fmt.Sprintf("%d processors, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Date:    time.Now().UTC().Format(time.DateOnly), Rounds: o.rounds, Time: o.span, LeftOut: []string{}}
}

// has says whether a row of bin/bench is one of a kind.
func (k kind) has(r oursRow) bool {
	return slices.Contains(k.callers, r.Callers) && regexp.MustCompile(k.ours).MatchString(r.Table+"/"+r.Name)
}

// isPeer says whether a row is not of bin/bench.
func isPeer(name string) bool {
	return slices.ContainsFunc(peers, func(p peer) bool { return p.name == name })
}

func (r *results) find(kind, name string, callers int) *row {
	for _, known := range r.Rows {
		if known.Kind == kind && known.Name == name && known.Callers == callers {
			return known
		}
	}
	return nil
}

func (r *results) add(kind, name string, callers int, m measured) {
	known := r.find(kind, name, callers)
	if known == nil {
		known = &row{Kind: kind, Name: name, Callers: callers}
		r.Rows = append(r.Rows, known)
	}
	known.Rounds = append(known.Rounds, m)
	known.measured = measured{
		Rate: median(known.Rounds, func(m measured) float64 { return m.Rate }),
		P50:  median(known.Rounds, func(m measured) float64 { return m.P50 }),
		P99:  median(known.Rounds, func(m measured) float64 { return m.P99 }),
		CPU:  median(known.Rounds, func(m measured) float64 { return m.CPU }),
	}
}

func (r *results) leaveOut(kind, name string) {
	if text := kind + ", " + name; !slices.Contains(r.LeftOut, text) {
		r.LeftOut = append(r.LeftOut, text)
	}
}

// write writes the medians, one row a line.
func (r *results) write(file string) error {
	head := *r
	head.Rows = nil
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	var rows []string
	for _, row := range r.Rows {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		rows = append(rows, string(line))
	}
	all := strings.Replace(string(text), `"rows":null`, "\"rows\":[\n"+strings.Join(rows, ",\n")+"\n]", 1)
	return os.WriteFile(file, []byte(all+"\n"), 0o644)
}

// print writes a table for each kind.
func (r *results) print(out io.Writer) {
	fmt.Fprintf(out, "%s; %s; load average %s before; medians of %d rounds of %s for each row; %d s in all.\n\n",
		r.Date, r.Machine, r.Load, r.Rounds, r.Time, r.Seconds)
	fmt.Fprint(out, "Each round measures our own rows of a kind and then those of the peers. One connection for each caller.\n"+
		"CPU: processor time of the server processes (host and module) for one call; that of the callers is not in it.\n"+
		"The last two columns divide our row (in bold) by the row: a rate above 1 and a p50 below 1 are in our favour.\n"+
		"Callers in Go share one process, and decode no more of a result than their client library does by itself.\n"+
		"Callers in PHP are processes, and decode it, but for raw bytes. With more processes than processors look at the\n"+
		"rate: a process that has the processor makes many short calls in a row, so p50 says little.\n"+
		"The two-hop peers only pass a call on: they do not route it, check who may call, or bound it. One-hop peers have no host.\n\n")
	fmt.Fprint(out, notServed)
	for _, text := range r.LeftOut {
		fmt.Fprintf(out, "Left out, since its messages are limited to less: %s.\n", text)
	}
	for _, k := range kinds() {
		r.printKind(out, k)
	}
}

func (r *results) printKind(out io.Writer, k kind) {
	rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row *row) bool { return row.Kind != k.name })
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(out, "\n## %s\n\n", k.name)
	fmt.Fprintln(out, "| peer | callers | calls/s | p50 µs | p99 µs | CPU µs a call | our rate to its | our p50 to its |")
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|--:|--:|")
	names := []string{}
	for _, row := range rows {
		if !slices.Contains(names, row.Name) {
			names = append(names, row.Name)
		}
	}
	for _, name := range names {
		for _, row := range rows {
			if row.Name == name {
				fmt.Fprintln(out, r.line(k, row))
			}
		}
	}
}

func (r *results) line(k kind, row *row) string {
	_, our, _ := strings.Cut(k.our, "/")
	name := row.Name
	if !isPeer(name) {
		name = "liveapi: " + name
	}
	if row.Name == our {
		name = "**" + name + "**"
	}
	ratios := "– | –"
	if mine := r.find(k.name, our, row.Callers); mine != nil {
		ratios = fmt.Sprintf("%.2f | %.2f", mine.Rate/row.Rate, mine.P50/row.P50)
	}
	cpu := "–"
	if row.CPU > 0 {
		cpu = measure.Short(row.CPU)
	}
	return fmt.Sprintf("| %s | %d | %.0f | %s | %s | %s | %s |", name, row.Callers, row.Rate, measure.Short(row.P50),
		measure.Short(row.P99), cpu, ratios)
}

func median(list []measured, pick func(measured) float64) float64 {
	return math.Round(measure.Median(list, pick)*1000) / 1000 // ns are enough
}
