package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
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
	children, err := processTree()
	if err != nil {
		return c, err
	}
	for _, s := range servers {
		of := c.host
		if s.module {
			of = c.module
		}
		if of[s.pid], err = processTime(s.pid); err != nil {
			return c, err
		}
		for below := children[s.pid]; len(below) > 0; below = below[1:] {
			if c.module[below[0]], err = processTime(below[0]); err != nil {
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
			now, e := processTime(pid)
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

// processTime is how long all threads of a process have used a processor, in user
// and kernel mode.
func processTime(pid int) (time.Duration, error) {
	const scheduler = 2 // CPUCLOCK_SCHED, to the nanosecond
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduler), &t); err == nil {
		return time.Duration(t.Nano()), nil
	}
	fields, err := statOf(pid)
	if err != nil {
		return 0, fmt.Errorf("the processor time of a server: %w", err)
	}
	ticks := 0
	for _, field := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, fmt.Errorf("the processor time of process %d: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100, nil // USER_HZ is 100 on Linux
}

// statOf returns the fields of /proc/PID/stat from the state on: the name before
// it may have blanks.
func statOf(pid int) ([][]byte, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return nil, fmt.Errorf("/proc/%d/stat is %q", pid, text)
	}
	return fields, nil
}

// processTree returns the children of each process.
func processTree() (map[int][]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		fields, err := statOf(pid)
		if err != nil {
			continue // it has ended
		}
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children, nil
}
