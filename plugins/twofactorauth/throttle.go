package twofactorauth

// How guessing is slowed down (RFC 4226 section 7.3; NIST SP 800-63B-4 section
// 3.2.2). All times are seconds, since 1970 where they are points in time.
const (
	freeFailures = 3       // in a row without a wait: people mistype
	firstDelay   = 30      // after the next one: by then the code has changed
	longestDelay = 60 * 60 // the delay is not doubled beyond this

	// mostFailures is the bound of TFA_MAX_FAILURES, and its default. NIST
	// allows 100; three codes of a window are right at a time, so that 50
	// guesses find one with a chance of 1 in 6,666.
	mostFailures  = 50
	leastFailures = 3

	// failsKept is the largest count, so that tries with recovery codes cannot
	// overflow it.
	failsKept = 1 << 30

	// farAhead is how many steps a stored time may be later than is possible with
	// correct clocks: ten minutes. Beyond it a clock must be wrong.
	farAhead = 20
)

// delay returns for how many seconds no code is evaluated after this many failures
// in a row.
func delay(fails int64) int64 {
	seconds := int64(firstDelay)
	for n := int64(freeFailures + 1); n < fails && seconds < longestDelay; n++ {
		seconds *= 2
	}
	if fails <= freeFailures {
		return 0
	}
	return min(seconds, longestDelay)
}

// failed returns the record after one more failure.
func (r record) failed(now int64) record {
	r.fails = min(r.fails+1, failsKept)
	if d := delay(r.fails); d > 0 { // a free failure bars nothing, also when the clock is set back
		r.notBefore = max(r.notBefore, now+d)
	}
	return r
}

// gate returns whether a candidate would be evaluated now, or why not. It uses
// times and counts only, never the secret.
func (u *rules) gate(r record, now int64, c candidate) verdict {
	switch {
	// First, because with a clock that far back no code of a real device matches.
	case now < period,
		r.lastStep > now/period+u.window+farAhead,
		r.notBefore > now+longestDelay+farAhead*period:
		return clockWrong
	case u.locked(r) && c.recovery.IsZero():
		return locked
	case now < r.notBefore:
		return throttled
	case c.isZero():
		return malformed
	}
	return open
}

// locked reports whether so many codes in a row were wrong that security codes are
// no longer evaluated, even after a wait.
func (u *rules) locked(r record) bool { return r.fails >= u.maxFailures }

// wait returns in how many seconds a candidate would be evaluated. In a locked
// record this is true for a recovery code only.
func (u *rules) wait(r record, now int64) int64 {
	return max(0, period-now, r.notBefore-now, (r.lastStep-u.window-farAhead)*period-now)
}
