package main

import (
	"time"

	"liveapi.host/host/bench/internal/measure"
)

// clocks are the processor times of the processes that serve a row: what a call
// costs also when the machine has processors to spare, which the times of the
// callers do not show.
type clocks struct {
	host, module map[int]time.Duration // by the number of the process
}

// usage is the processor time that two readings of the clocks lie apart.
type usage struct {
	host, module       time.Duration
	hasHost, hasModule bool
}

// readClocks reads the clocks of the servers and of every process below them, so
// that a module is found that a host has started.
func readClocks(servers []*server) (clocks, error) {
	c := clocks{make(map[int]time.Duration), make(map[int]time.Duration)}
	if len(servers) == 0 {
		return c, nil
	}
	children, err := measure.Children()
	if err != nil {
		return c, err
	}
	for _, s := range servers {
		of := c.host
		if s.module {
			of = c.module
		}
		if of[s.pid], err = measure.ProcessTime(s.pid); err != nil {
			return c, err
		}
		for below := children[s.pid]; len(below) > 0; below = below[1:] {
			if c.module[below[0]], err = measure.ProcessTime(below[0]); err != nil {
				return c, err
			}
			below = append(below, children[below[0]]...)
		}
	}
	return c, nil
}

// since reads the clocks again and returns what was used meanwhile. A process that
// has ended is an error: its time would be missing.
func (c clocks) since() (u usage, err error) {
	sum := func(times map[int]time.Duration) (used time.Duration) {
		for pid, before := range times {
			now, e := measure.ProcessTime(pid)
			if e != nil {
				err = e
			}
			used += now - before
		}
		return used
	}
	u.host, u.hasHost = sum(c.host), len(c.host) > 0
	u.module, u.hasModule = sum(c.module), len(c.module) > 0
	return u, err
}
