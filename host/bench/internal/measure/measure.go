// Package measure has what host/bench and host/bench/peers, two Go modules, both measure
// by: callers in a closed loop, medians, and the processor time of processes. It knows no
// host, and is not for other programs.
package measure

import (
	"slices"
	"sync"
	"time"
)

// Caller is one of those that call at the same time.
type Caller struct {
	Call func() error
	End  func() // nil: nothing is to be ended
}

// Begin makes n callers, before the time begins. After an error it returns those that
// it has made; they must be ended, too.
func Begin(n int, begin func() (Caller, error)) (all []Caller, err error) {
	for range n {
		c, err := begin()
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

// End ends callers.
func End(all []Caller) {
	for _, c := range all {
		if c.End != nil {
			c.End()
		}
	}
}

// Loop has each caller make its next call when the one before has returned. It returns
// the times of all calls. A caller that fails stops, the others go on.
func Loop(all []Caller, until time.Time) (times []time.Duration, failure error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			mine := make([]time.Duration, 0, 1<<16/len(all)+1<<8)
			var err error
			for start := time.Now(); err == nil && start.Before(until); {
				err = c.Call()
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

// Summary returns the calls a second of so many callers, and p50 and p99 in µs. It sorts
// times; without any, all are 0.
func Summary(callers int, times []time.Duration) (rate, p50, p99 float64) {
	if len(times) == 0 {
		return 0, 0, 0
	}
	slices.Sort(times)
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	rate = float64(callers) * float64(len(times)) / sum.Seconds() // each caller always has one call under way
	return rate, Micros(times[len(times)/2]), Micros(times[len(times)*99/100])
}

// Micros is d in µs.
func Micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// Median returns the median of what pick gives of each; of an even number, the mean of
// the middle two.
func Median[T any](list []T, pick func(T) float64) float64 {
	values := make([]float64, len(list))
	for i, m := range list {
		values[i] = pick(m)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
