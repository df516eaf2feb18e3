// The command bench measures a call layer by layer, beside a raw echo over a
// unix socket in the same run: `make bench`. It prints a Markdown table.
//
// Machines drift by the hour, so every layer is measured in each of several
// rounds, one after the other, and the medians of the rounds are compared as
// ratios to the echo's.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"liveapi.host/protocol/modulerpc"
)

// callers is how many call at once.
var callers = []int{1, 8, 64}

func main() {
	if modulerpc.Launched() {
		modulerpc.Serve(benchModule{}, modulerpc.NewLogger("bench"))
		return
	}
	if len(os.Args) > 2 && servers[os.Args[1]] != nil {
		if err := servers[os.Args[1]](os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench", os.Args[1]+":", err)
			os.Exit(1)
		}
		return
	}
	rounds := flag.Int("rounds", 5, "how often each layer is measured")
	span := flag.Duration("time", time.Second, "how long each measurement lasts")
	only := flag.String("only", "", "measure only the layers whose name contains this, and the echo")
	sdk := flag.String("sdk", "sdk/caller", "folder of the PHP and Perl libraries")
	modules := flag.String("modules", "bin/modules", "folder of the module programs")
	etcd := flag.String("etcd", "", "address of an etcd to measure verifications over three hosts on, and a prefix that nobody uses")
	flag.Parse()
	if err := run(*rounds, *span, *only, *sdk, *modules, *etcd); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// layer is one way to make a call.
type layer struct {
	name string
	// measure makes calls by n callers for about span and returns each one's time.
	measure func(n int, span time.Duration) ([]time.Duration, error)
}

func run(rounds int, span time.Duration, only, sdk, modules, etcd string) error {
	modules, err := filepath.Abs(modules) // programs start in another folder
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	all, stop, err := layers(dir, sdk, only)
	defer stop()
	if err != nil {
		return err
	}
	durable, end, err := verifications(dir, modules, only)
	defer end()
	if err != nil {
		return err
	}
	fleet, disband, err := fleetLayers(dir, modules, etcd)
	defer disband()
	if err != nil {
		return err
	}
	results := make(map[string]map[int][]measured)
	for round := range rounds {
		for _, l := range slices.Concat(all, durable, fleet) {
			for _, n := range callers {
				progress(fmt.Sprintf("round %d of %d: %s, %d callers", round+1, rounds, l.name, n))
				times, err := l.measure(n, span)
				if err != nil {
					return fmt.Errorf("%s: %w", l.name, err)
				}
				if results[l.name] == nil {
					results[l.name] = make(map[int][]measured)
				}
				results[l.name][n] = append(results[l.name][n], summarise(times, n))
			}
		}
	}
	progress("")
	printCodec(os.Stdout)
	printTable(os.Stdout, all, results, "echoes")
	fmt.Println()
	printTable(os.Stdout, durable, results, "writes")
	if fleet != nil {
		fmt.Println()
		printTable(os.Stdout, fleet, results, "transactions")
	}
	return nil
}

// progress shows text on a terminal, in the place of the one before.
func progress(text string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r%-64s\r", text)
	}
}

// measured is what one measurement says.
type measured struct {
	p50, p99 time.Duration
	rate     float64 // calls a second, of all callers
}

func summarise(times []time.Duration, n int) measured {
	if len(times) == 0 {
		return measured{}
	}
	slices.Sort(times)
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return measured{
		p50: times[len(times)/2], p99: times[len(times)*99/100],
		rate: float64(n) * float64(len(times)) / sum.Seconds(), // a closed loop: each caller always has one call under way
	}
}

func median(list []measured, pick func(measured) float64) float64 {
	values := make([]float64, len(list))
	for i, m := range list {
		values[i] = pick(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// printTable prints the medians, and their ratio to those of the first layer.
func printTable(out io.Writer, all []layer, results map[string]map[int][]measured, unit string) {
	fmt.Fprintf(out, "| layer | callers | p50 µs | p99 µs | calls/s | p50 in %[1]s | rate in %[1]s |\n", unit)
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|--:|")
	p50 := func(m measured) float64 { return float64(m.p50.Nanoseconds()) / 1000 }
	p99 := func(m measured) float64 { return float64(m.p99.Nanoseconds()) / 1000 }
	rate := func(m measured) float64 { return m.rate }
	for _, l := range all {
		for _, n := range callers {
			r, first := results[l.name][n], results[all[0].name][n]
			fmt.Fprintf(out, "| %s | %d | %.0f | %.0f | %.0f | %.2f | %.2f |\n", l.name, n,
				median(r, p50), median(r, p99), median(r, rate), median(r, p50)/median(first, p50), median(r, rate)/median(first, rate))
		}
	}
}

// closedLoop runs n callers at once for about span. Each gets a function that
// makes one call.
func closedLoop(n int, span time.Duration, begin func() (call func() error, end func(), err error)) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failure error
	var wg sync.WaitGroup
	deadline := time.Now().Add(span)
	for range n {
		call, end, err := begin()
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			defer end()
			times := make([]time.Duration, 0, 1<<16)
			var err error
			for start := time.Now(); err == nil && start.Before(deadline); {
				err = call()
				now := time.Now()
				times = append(times, now.Sub(start))
				start = now
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failure = err
			}
			all = append(all, times...)
		})
	}
	wg.Wait()
	return all, failure
}

// overSocket measures request and reply over connections to a socket.
func overSocket(socket string, request []byte, setUp bool) func(int, time.Duration) ([]time.Duration, error) {
	return func(n int, span time.Duration) ([]time.Duration, error) {
		return closedLoop(n, span, func() (func() error, func(), error) {
			conn, err := net.Dial("unix", socket)
			if err != nil {
				return nil, nil, err
			}
			in := bufio.NewReader(conn)
			call := func() error {
				if _, err := conn.Write(request); err != nil {
					return err
				}
				if setUp { // a reply has two lines (W7)
					if _, err := in.ReadSlice('\n'); err != nil {
						return err
					}
				}
				line, err := in.ReadSlice('\n')
				if err == nil && setUp && !bytes.Contains(line, []byte(`"status":1`)) {
					err = fmt.Errorf("the call failed: %s", line)
				}
				return err
			}
			return call, func() { conn.Close() }, nil
		})
	}
}

func socketIn(dir, name string) string { return filepath.Join(dir, name+".sock") }
