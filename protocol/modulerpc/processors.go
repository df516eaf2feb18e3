package modulerpc

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lookEvery = 10 * time.Millisecond  // how often the processor time is checked, while calls arrive
	computes  = 100 * time.Microsecond // of processor time a call: above this, further processors pay off
	computed  = 50 * time.Microsecond  // below this they do not
)

// processors sets how many processors (GOMAXPROCS) this process uses. It uses one as
// long as one suffices, because a call then wakes no second thread. If the functions
// compute much, it uses all that the host allows. It belongs to the goroutine that
// reads the link.
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

// begin counts a call, and checks every lookEvery what the calls cost.
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

// judge returns the number of processors for calls that took perCall of processor time
// each, and spent in total, within passed.
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
