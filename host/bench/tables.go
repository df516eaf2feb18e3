package main

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
)

// link is a host that reaches the module Bench by one kind of link.
type link struct {
	name string
	host *server
}

func (l *lab) links() []link { return []link{{"lane", l.lane}, {"gRPC stream", l.stream}} }

// functions are calls of functions that do something, over the whole path.
func functions(l *lab) *table {
	t := &table{name: "functions"}
	add := func(name string, f function, callers ...int) {
		t.rows = append(t.rows, &row{name: name, callers: callers, servers: []*server{f.host}, measure: f.measure})
	}
	add("empty, lane", bench(l.lane, "empty", emptyArgs), 1, 8, 16, 64, 200)
	for _, micros := range []int{100, 1000, 5000, 20000} {
		for _, link := range l.links() {
			name := fmt.Sprintf("wait %g ms, %s", float64(micros)/1000, link.name)
			add(name, bench(link.host, "wait", fmt.Sprintf(`{"micros":%d}`, micros)), 1, 16, 64, 200)
		}
	}
	for _, link := range l.links() {
		add("compute 1 ms, "+link.name, bench(link.host, "compute", `{"micros":1000}`), 1, 8, 64)
	}
	for requests := range 3 {
		for _, link := range l.links() {
			name := fmt.Sprintf("ask %d, %s", requests, link.name)
			add(name, bench(link.host, "ask", fmt.Sprintf(`{"requests":%d}`, requests)), 1, 8, 16, 64)
		}
	}
	for _, link := range l.links() {
		add("ask 2, prefetched, "+link.name, bench(link.host, "asked", `{"requests":2}`), 1, 8, 16, 64)
	}
	var writers atomic.Int64
	for _, link := range l.links() {
		write := bench(link.host, "write", "")
		write.args = func() string { return fmt.Sprintf(`{"key":"write/%d"}`, writers.Add(1)) }
		add("write, "+link.name, write, 1, 8, 16, 64)
	}
	for _, link := range l.links() {
		fast, slow := bench(link.host, "empty", emptyArgs), bench(link.host, "wait", `{"micros":20000}`)
		name := "empty beside 200 that wait 20 ms, " + link.name
		t.rows = append(t.rows, &row{name: name, callers: []int{1}, servers: []*server{link.host},
			measure: func(m *measurement) error { return m.beside(200, slow.begin, fast.begin) }})
	}
	return t
}

// replies are calls of functions that return much, beside raw bytes.
func replies(l *lab) *table {
	t := &table{name: "replies"}
	for _, size := range []struct {
		name  string
		bytes int
	}{{"1 KiB", 1 << 10}, {"64 KiB", 64 << 10}, {"1 MiB", 1 << 20}, {"4 MiB", 4 << 20}} {
		base := "raw relay, " + size.name
		add := func(name string, measure func(*measurement) error, servers ...*server) {
			name += ", " + size.name
			t.rows = append(t.rows, &row{name: name, base: base, callers: []int{1, 8}, servers: servers, measure: measure})
		}
		add("raw relay", raw(l.relay, size.bytes), l.echo, l.relay)
		for _, link := range l.links() {
			add(link.name, bench(link.host, "payload", fmt.Sprintf(`{"bytes":%d}`, size.bytes)).measure, link.host)
		}
	}
	return t
}

// path is an empty call, from the least that could carry it to the whole.
func path(l *lab) *table {
	t := &table{name: "path"}
	add := func(name string, measure func(*measurement) error, servers ...*server) {
		t.rows = append(t.rows, &row{name: name, callers: []int{1, 8, 64, 200, 512}, servers: servers, measure: measure})
	}
	add("raw echo, one hop", raw(l.echo, replySize), l.echo)
	add("raw relay, two hops", raw(l.relay, replySize), l.echo, l.relay)
	add("host, function inside", bench(l.inside, "empty", emptyArgs).measure, l.inside)
	add("gRPC stream, host to module", toModule(l.onStream), l.onStream)
	add("lane, host to module", toModule(l.onLane), l.onLane)
	add("whole path, gRPC stream", bench(l.stream, "empty", emptyArgs).measure, l.stream)
	add("whole path, lane", bench(l.lane, "empty", emptyArgs).measure, l.lane)
	return t
}

// libraries are empty calls over the whole path by the callers' libraries, and by minimal
// scripts without a library (bare).
func libraries(l *lab) *table {
	t := &table{name: "libraries", scripts: true}
	add := func(name, base string, measure func(*measurement) error) {
		t.rows = append(t.rows, &row{name: name, base: base, callers: []int{1, 8, 64}, servers: []*server{l.lane}, measure: measure})
	}
	php := func(file string) func(*measurement) error {
		return script(l.lane, "php", filepath.Join(l.sdk, "php", file))
	}
	perl := func(file string) func(*measurement) error {
		return script(l.lane, "perl", "-I", filepath.Join(l.sdk, "perl", "lib"), filepath.Join(l.sdk, "perl", file))
	}
	add("Go caller", "Go caller", bench(l.lane, "empty", emptyArgs).measure)
	add("PHP, bare", "PHP, bare", php("bench_bare.php"))
	add("PHP caller", "PHP, bare", php("bench.php"))
	add("Perl, bare", "Perl, bare", perl("bench_bare.pl"))
	add("Perl caller", "Perl, bare", perl("bench.pl"))
	return t
}
