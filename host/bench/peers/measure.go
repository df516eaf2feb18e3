package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"
)

// measured is what one measurement says, in the form of bin/bench -json.
type measured struct {
	Rate float64 `json:"rate"` // calls a second of all callers
	P50  float64 `json:"p50"`  // µs
	P99  float64 `json:"p99"`  // µs
	CPU  float64 `json:"cpu"`  // µs of processor time of the servers for one call
}

// measureAll measures each row once in every round.
func (l *lab) measureAll(o options) (*results, error) {
	all := newResults(o)
	for round := range o.rounds {
		for _, k := range kinds() {
			wanted := slices.DeleteFunc(slices.Clone(peers), func(p peer) bool {
				return !p.calls(k) || !o.only.MatchString(k.name+"/"+p.name)
			})
			if len(wanted) == 0 {
				continue
			}
			l.stopAll() // bin/bench starts its servers for each kind too
			progress(fmt.Sprintf("round %d of %d: %s, our own rows", round+1, o.rounds, k.name))
			if err := all.addOurs(o, k); err != nil {
				return nil, err
			}
			for _, p := range wanted {
				if !p.carries(k) {
					all.leaveOut(k.name, p.name)
					continue
				}
				for _, n := range k.callers {
					progress(fmt.Sprintf("round %d of %d: %s, %s, %d callers", round+1, o.rounds, k.name, p.name, n))
					m, err := l.measure(p, k, n, o.span)
					if err != nil {
						return nil, fmt.Errorf("%s, %s, %d callers: %w", k.name, p.name, n, err)
					}
					all.add(k.name, p.name, n, m)
				}
			}
		}
	}
	progress("")
	return all, nil
}

// carries says whether replies of a kind are within the limit of a peer.
func (p peer) carries(k kind) bool { return p.limit == 0 || k.request.Args.Bytes < p.limit }

// calls says whether a peer has rows of a kind.
func (p peer) calls(k kind) bool {
	if k.php {
		return p.script != ""
	}
	return p.dial != nil
}

// measure has n callers call for about span.
func (l *lab) measure(p peer, k kind, n int, span time.Duration) (measured, error) {
	s, err := l.ensure(p.server)
	if err != nil {
		return measured{}, err
	}
	var callers []caller
	if !k.php {
		callers, err = begin(n, func() (caller, error) { return p.dial(l.socket(p.server), k.request) })
		defer func() {
			for _, c := range callers {
				c.end()
			}
		}()
		if err != nil {
			return measured{}, err
		}
	}
	before, err := cpuTime(s.pid)
	if err != nil {
		return measured{}, err
	}
	var times []time.Duration
	if k.php {
		times, err = scripts(n, span, "php", l.script(p.script), l.socket(p.server))
	} else {
		times, err = loop(callers, time.Now().Add(span))
	}
	if err != nil {
		return measured{}, err
	}
	after, err := cpuTime(s.pid)
	return summary(n, times, after-before), err
}

// begin makes the connections, before the time begins.
func begin(n int, dial func() (caller, error)) (all []caller, err error) {
	for range n {
		c, err := dial()
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

// loop has each caller make its next call when the one before has returned. It
// returns the times of all calls. A caller that fails stops, the others go on.
func loop(all []caller, until time.Time) (times []time.Duration, failure error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			mine := make([]time.Duration, 0, 1<<16/len(all)+1<<8)
			var err error
			for start := time.Now(); err == nil && start.Before(until); {
				err = c.call()
				now := time.Now()
				mine = append(mine, now.Sub(start))
				start = now
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failure = err
			}
			times = append(times, mine...)
		})
	}
	wg.Wait()
	return times, failure
}

// startOf is about how long one interpreter takes to start, with time for others.
const startOf = 30 * time.Millisecond

// scripts runs a process of an interpreter for each caller. It prints the time of each
// call in nanoseconds, one a line. The processes start one after the other and call for
// longer than span, so that for most of the time all of them do.
func scripts(n int, span time.Duration, argv ...string) (times []time.Duration, err error) {
	span += time.Duration(n) * startOf
	argv = append(argv, strconv.FormatFloat(span.Seconds(), 'f', 3, 64))
	outputs := make([]bytes.Buffer, n)
	var commands []*exec.Cmd
	for i := range n {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stderr, cmd.Stdout = os.Stderr, &outputs[i]
		if err = cmd.Start(); err != nil {
			break
		}
		commands = append(commands, cmd)
	}
	for i, cmd := range commands {
		if e := cmd.Wait(); e != nil {
			err = fmt.Errorf("%s: %w", argv[1], e)
		}
		for lines := bufio.NewScanner(&outputs[i]); lines.Scan(); {
			ns, e := strconv.ParseInt(lines.Text(), 10, 64)
			if e != nil {
				err = fmt.Errorf("%s printed %q", argv[1], lines.Text())
			}
			times = append(times, time.Duration(ns))
		}
	}
	return times, err
}

func summary(callers int, times []time.Duration, used time.Duration) measured {
	if len(times) == 0 {
		return measured{}
	}
	slices.Sort(times)
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	n := float64(len(times))
	return measured{
		Rate: float64(callers) * n / sum.Seconds(), // each caller always has one call under way
		P50:  micros(times[len(times)/2]), P99: micros(times[len(times)*99/100]),
		CPU: micros(used) / n,
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// progress shows text on a terminal, in the place of the one before.
func progress(text string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r%-100s\r", text)
	}
}
