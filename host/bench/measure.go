package main

import (
	"slices"
	"sync"
	"time"
)

// measurement is one row at one number of callers, for about span.
type measurement struct {
	callers int
	span    time.Duration
	servers []*server

	times  []time.Duration // of each call
	calls  int             // those, and the ones of callers whose times do not count
	used   usage           // by the servers, for all calls
	script time.Duration   // processor time of the callers that are scripts, for all calls
}

// caller is one of those that call at the same time.
type caller struct {
	call func() error
	end  func()
}

// beginning makes a caller that is ready to call.
type beginning func() (caller, error)

// during runs work between two readings of the servers' clocks.
func (m *measurement) during(work func() error) error {
	before, err := readClocks(m.servers)
	if err != nil {
		return err
	}
	if err := work(); err != nil {
		return err
	}
	m.used, err = before.since()
	return err
}

// closedLoop has each caller make its next call when the one before has returned.
// Connections are made before the time begins.
func (m *measurement) closedLoop(begin beginning) error {
	all, err := ready(m.callers, begin)
	defer end(all)
	if err != nil {
		return err
	}
	return m.during(func() error {
		m.times, err = loop(all, time.Now().Add(m.span))
		m.calls = len(m.times)
		return err
	})
}

// headStart is how long slow callers run before the others begin, so that all of them
// have a call under way.
const headStart = 50 * time.Millisecond

// beside is a closedLoop while other callers make slow calls. The times are only those
// of the first ones; the processor time is that of all calls, the slow ones included.
func (m *measurement) beside(others int, slow, fast beginning) error {
	background, err := ready(others, slow)
	defer end(background)
	if err != nil {
		return err
	}
	all, err := ready(m.callers, fast)
	defer end(all)
	if err != nil {
		return err
	}
	return m.during(func() error {
		var wg sync.WaitGroup
		var theirs []time.Duration
		var failure error
		until := time.Now().Add(headStart + m.span)
		wg.Go(func() { theirs, failure = loop(background, until) })
		time.Sleep(headStart)
		m.times, err = loop(all, until)
		wg.Wait()
		m.calls = len(m.times) + len(theirs)
		if err == nil {
			err = failure
		}
		return err
	})
}

func ready(n int, begin beginning) (all []caller, err error) {
	for range n {
		c, err := begin()
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

func end(all []caller) {
	for _, c := range all {
		if c.end != nil {
			c.end()
		}
	}
}

// loop returns the times of all calls. A caller that fails stops, the others go on.
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

// measured is what one measurement says.
type measured struct {
	p50, p99  float64 // µs
	rate      float64 // calls a second, of all callers whose times count
	cpu       usage
	cpuOfCall [2]float64 // µs a call: host, module
	script    float64    // µs a call of a script's processor time; 0 when the caller is no script
}

func (m *measurement) summary() measured {
	if len(m.times) == 0 {
		return measured{}
	}
	slices.Sort(m.times)
	var sum time.Duration
	for _, t := range m.times {
		sum += t
	}
	n := float64(len(m.times))
	return measured{
		p50: micros(m.times[len(m.times)/2]), p99: micros(m.times[len(m.times)*99/100]),
		rate:      float64(m.callers) * n / sum.Seconds(), // each caller always has one call under way
		cpu:       m.used,
		cpuOfCall: [2]float64{micros(m.used.host) / float64(m.calls), micros(m.used.module) / float64(m.calls)},
		script:    micros(m.script) / float64(m.calls),
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
