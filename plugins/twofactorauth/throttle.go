package twofactorauth

// How guessing is slowed down (RFC 4226 section 7.3; NIST SP 800-63B-4 section
// 3.2.2). All times are seconds, since 1970 where they are points in time.
const (
	freeFailures = 3       // in a row that cost nothing: people mistype
	firstDelay   = 30      // after the next one: by then the code has changed
	longestDelay = 60 * 60 // doubling ends here

	// mostFailures is the bound of TFA_MAX_FAILURES, and its default. NIST
	// allows 100; three codes of a window are right at a time, so that 50
	// guesses find one with a chance of 1 in 6,666.
	mostFailures  = 50
	leastFailures = 3

	// failsKept is where counting ends, so that no number of recovery codes
	// tried can bring it round to 0.
	failsKept = 1 << 30

	// farAhead is how many steps beyond what is possible a stored time may lie
	// before it can only be a broken clock: ten minutes.
	farAhead = 20
)

// delay returns for how many seconds nothing is evaluated after this many
// failures in a row.
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

// failed is the record after one more failure.
func (r record) failed(now int64) record {
	r.fails = min(r.fails+1, failsKept)
	if d := delay(r.fails); d > 0 { // a free failure bars nothing, also when the clock is set back
		r.notBefore = max(r.notBefore, now+d)
	}
	return r
}

// gate says whether a candidate would be evaluated now, and why not. It looks at
// times and counts only, never at the secret.
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

// locked reports whether so many codes in a row were wrong that none is looked
// at any more, however long one waits.
func (u *rules) locked(r record) bool { return r.fails >= u.maxFailures }

// wait returns in how many seconds a candidate would be evaluated, as far as
// time decides. Of a locked record that is a recovery code.
func (u *rules) wait(r record, now int64) int64 {
	return max(0, period-now, r.notBefore-now, (r.lastStep-u.window-farAhead)*period-now)
}
