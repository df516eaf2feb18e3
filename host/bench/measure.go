package main

import (
	"sync"
	"time"

	"liveapi.host/host/bench/internal/measure"
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

// beginning makes a caller that is ready to call.
type beginning func() (measure.Caller, error)

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
	all, err := measure.Begin(m.callers, begin)
	defer measure.End(all)
	if err != nil {
		return err
	}
	return m.during(func() error {
		m.times, err = measure.Loop(all, time.Now().Add(m.span))
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
	background, err := measure.Begin(others, slow)
	defer measure.End(background)
	if err != nil {
		return err
	}
	all, err := measure.Begin(m.callers, fast)
	defer measure.End(all)
	if err != nil {
		return err
	}
	return m.during(func() error {
		var wg sync.WaitGroup
		var theirs []time.Duration
		var failure error
		until := time.Now().Add(headStart + m.span)
		wg.Go(func() { theirs, failure = measure.Loop(background, until) })
		time.Sleep(headStart)
		m.times, err = measure.Loop(all, until)
		wg.Wait()
		m.calls = len(m.times) + len(theirs)
		if err == nil {
			err = failure
		}
		return err
	})
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
	rate, p50, p99 := measure.Summary(m.callers, m.times)
	calls := float64(m.calls)
	return measured{
		p50: p50, p99: p99, rate: rate, cpu: m.used,
		cpuOfCall: [2]float64{measure.Micros(m.used.host) / calls, measure.Micros(m.used.module) / calls},
		script:    measure.Micros(m.script) / calls,
	}
}
