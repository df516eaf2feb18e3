package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"liveapi.host/host/bench/internal/measure"
)

// printRun says what was measured where, and what the columns are.
func printRun(out io.Writer, o options) {
	fmt.Fprintf(out, "%d processors, %s/%s, %s; medians of %d rounds of %s for each row.\n\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), o.rounds, o.span)
	fmt.Fprint(out, "CPU: processor time of the servers for one call, in brackets of the host (or relay) and of the module (or echo).\n"+
		"The callers' time is not in it. Of a row \"beside\" it is the mean of all calls, the slow ones included.\n"+
		"Base: the row at the same number of callers that the ratios divide by.\n"+
		"Script CPU: processor time of the calling scripts for one call.\n")
}

// printTable prints the medians of the rounds, and their ratios to those of the
// row that each row refers to.
func printTable(out io.Writer, t *table) {
	fmt.Fprintf(out, "\n## %s\n\n", t.name)
	const head = "| layer | callers | calls/s | p50 µs | p99 µs | CPU µs a call | rate to base | p50 to base |"
	const rule = "|---|--:|--:|--:|--:|--:|--:|--:|"
	if t.scripts {
		fmt.Fprintf(out, "%s script CPU µs (to base) |\n%s--:|\n", head, rule)
	} else {
		fmt.Fprintf(out, "%s\n%s\n", head, rule)
	}
	median := measure.Median[measured]
	for _, r := range t.rows {
		base := t.find(r)
		for _, n := range r.callers {
			mine, theirs := r.results[n], base.results[n]
			fmt.Fprintf(out, "| %s | %d | %.0f | %s | %s | %s | %.2f | %.2f |", r.name, n,
				median(mine, rate), measure.Short(median(mine, p50)), measure.Short(median(mine, p99)), processorTime(mine),
				median(mine, rate)/median(theirs, rate), median(mine, p50)/median(theirs, p50))
			if t.scripts {
				fmt.Fprintf(out, " %s |", scriptTime(median(mine, ofScript), median(theirs, ofScript)))
			}
			fmt.Fprintln(out)
		}
	}
	var bases []string
	for _, r := range t.rows {
		if base := t.find(r).name; !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
	}
	fmt.Fprintf(out, "\nBase: %s.\n", strings.Join(bases, "; "))
}

// processorTime is the median time of host and module together, and in brackets of
// each when there are both; a dash when no server's time is known.
func processorTime(list []measured) string {
	host := func(m measured) float64 { return m.cpuOfCall[0] }
	module := func(m measured) float64 { return m.cpuOfCall[1] }
	both := func(m measured) float64 { return m.cpuOfCall[0] + m.cpuOfCall[1] }
	has := list[len(list)-1].cpu
	switch {
	case has.hasHost && has.hasModule:
		return fmt.Sprintf("%s (%s + %s)", measure.Short(measure.Median(list, both)), measure.Short(measure.Median(list, host)),
			measure.Short(measure.Median(list, module)))
	case has.hasHost || has.hasModule:
		return measure.Short(measure.Median(list, both))
	}
	return "–"
}

// scriptTime is a script's processor time, and in brackets its ratio to that of its base;
// a dash for a caller that is no script.
func scriptTime(mine, base float64) string {
	switch {
	case mine == 0:
		return "–"
	case base == 0:
		return measure.Short(mine)
	}
	return fmt.Sprintf("%s (%.2f)", measure.Short(mine), mine/base)
}

func rate(m measured) float64     { return m.rate }
func p50(m measured) float64      { return m.p50 }
func ofScript(m measured) float64 { return m.script }
func p99(m measured) float64      { return m.p99 }
