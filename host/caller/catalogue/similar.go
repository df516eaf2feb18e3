package catalogue

import (
	"slices"
	"strings"

	"liveapi.host/protocol"
)

// mostSimilar is the largest number of suggestions.
const mostSimilar = 3

// Similar returns suggestions for an unknown module or function: names close to those
// that were written, the closest first, each as "Module" or as "Module function".
// function may be empty.
func (c Catalogue) Similar(module, function string) []string {
	if m := c.Module(module); m != nil {
		if function == "" || m.Function(function) != nil {
			return nil
		}
		return qualified(m.Module, closest(function, functionNames(m)))
	}
	var names []string
	for i := range c {
		names = append(names, c[i].Module)
	}
	var similar []string
	for _, name := range closest(module, names) {
		m := c.Module(name)
		functions := closest(function, functionNames(m))
		switch {
		case m.Function(function) != nil:
			similar = append(similar, qualified(m.Module, []string{function})...)
		case function != "" && len(functions) > 0:
			similar = append(similar, qualified(m.Module, functions)...)
		default:
			similar = append(similar, name)
		}
	}
	return similar[:min(len(similar), mostSimilar)]
}

// SimilarFunctions returns functions of all modules whose names are close.
func (c Catalogue) SimilarFunctions(function string) []string {
	var names []string
	for i := range c {
		names = append(names, functionNames(&c[i])...)
	}
	return closest(function, names)
}

func functionNames(m *protocol.Manifest) []string {
	var names []string
	for _, f := range m.Functions {
		names = append(names, f.Name)
	}
	return names
}

func qualified(module string, functions []string) []string {
	for i := range functions {
		functions[i] = module + " " + functions[i]
	}
	return functions
}

// closest returns the names that are close to what was written: at most one slip in
// four letters, ignoring case, or the same beginning.
func closest(written string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	short := strings.ToLower(written)
	for _, name := range names {
		long := strings.ToLower(name)
		d := slips(short, long)
		begins := len(short) >= 3 && strings.HasPrefix(long, short)
		if begins || d <= 1+len(short)/4 && d < len(short) {
			near = append(near, candidate{name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	var list []string
	for _, c := range near[:min(len(near), mostSimilar)] {
		list = append(list, c.name)
	}
	return list
}

// slips returns the number of letters that were left out, added, changed or swapped
// with their neighbour between two names (the optimal string alignment distance).
func slips(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			changed := 1
			if a[i-1] == b[j-1] {
				changed = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+changed)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
