package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"liveapi.host/host/bench/internal/measure"
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
			measure.Progress(fmt.Sprintf("round %d of %d: %s, our own rows", round+1, o.rounds, k.name))
			if err := all.addOurs(o, k); err != nil {
				return nil, err
			}
			for _, p := range wanted {
				if !p.carries(k) {
					all.leaveOut(k.name, p.name)
					continue
				}
				for _, n := range k.callers {
					measure.Progress(fmt.Sprintf("round %d of %d: %s, %s, %d callers", round+1, o.rounds, k.name, p.name, n))
					m, err := l.measure(p, k, n, o.span)
					if err != nil {
						return nil, fmt.Errorf("%s, %s, %d callers: %w", k.name, p.name, n, err)
					}
					all.add(k.name, p.name, n, m)
				}
			}
		}
	}
	measure.Progress("")
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
	var callers []measure.Caller
	if !k.php {
		callers, err = measure.Begin(n, func() (measure.Caller, error) { return p.dial(l.socket(p.server), k.request) })
		defer func() { measure.End(callers) }()
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
		times, err = measure.Loop(callers, time.Now().Add(span))
	}
	if err != nil {
		return measured{}, err
	}
	after, err := cpuTime(s.pid)
	return summary(n, times, after-before), err
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
	rate, p50, p99 := measure.Summary(callers, times)
	return measured{Rate: rate, P50: p50, P99: p99, CPU: measure.Micros(used) / float64(len(times))}
}
