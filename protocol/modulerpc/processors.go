package modulerpc

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lookEvery = 10 * time.Millisecond  // how often the use of the processor is looked at, while calls come
	computes  = 100 * time.Microsecond // of processor time a call: above this a second processor is worth its price
	computed  = 50 * time.Microsecond  // below this it is not
)

// processors sets how many processors (GOMAXPROCS) this process uses. It is one,
// because then a call passes through the process without waking a second
// thread, until the functions compute so much that one does not suffice.
// It belongs to the goroutine that reads the lane.
type processors struct {
	most, now int // most is what the host allows: GOMAXPROCS of the environment

	since time.Time     // when the use was last looked at
	used  time.Duration // processor time until then
	calls int           // that have begun since then
}

func newProcessors() *processors {
	p := &processors{most: runtime.GOMAXPROCS(0), since: time.Now(), used: processorTime()}
	p.set(1)
	return p
}

func (p *processors) set(n int) {
	if p.now != n {
		p.now = n
		runtime.GOMAXPROCS(n)
	}
}

// begin counts a call, and now and then looks at what the calls cost.
func (p *processors) begin(now time.Time) {
	p.calls++
	passed := now.Sub(p.since)
	if p.most == 1 || passed < lookEvery {
		return
	}
	used := processorTime()
	spent := used - p.used
	p.set(p.judge(passed, spent, spent/time.Duration(p.calls)))
	p.since, p.used, p.calls = now, used, 0
}

// judge says how many processors suit calls of which each took perCall of
// processor time, and all of them spent within passed.
func (p *processors) judge(passed, spent, perCall time.Duration) int {
	switch {
	case perCall > computes && spent > passed*8/10:
		return p.most
	case perCall < computed:
		return 1
	}
	return p.now
}

// processorTime is what this process has used so far, user and system.
func processorTime() time.Duration {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
