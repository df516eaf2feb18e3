package app

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// maxClockError is the largest tolerable error of the clock. Codes change every 30 s,
// and at most the step before and after is accepted (RFC 6238 section 5.2).
const maxClockError = 5 * time.Second

// checkClock asks the kernel whether the clock is synchronised (OWASP ASVS 5.0
// 6.5.8): time-based codes depend on it.
func checkClock() (string, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t) // changes nothing: no mode is set
	if err != nil {
		return "", fmt.Errorf("the kernel does not report the state of the clock: %w", err)
	}
	return judgeClock(state, int(t.Status), time.Duration(t.Maxerror)*time.Microsecond)
}

// judgeClock judges the results of adjtimex(2): the state, the status bits, and the
// largest possible error of the clock.
func judgeClock(state, status int, most time.Duration) (string, error) {
	switch {
	case state == unix.TIME_ERROR || status&unix.STA_UNSYNC != 0:
		return "", fmt.Errorf("the kernel reports that the clock is not synchronised: install and run an NTP client, such as chrony or " +
			"systemd-timesyncd; for a container, on its machine")
	case most > maxClockError:
		return "", fmt.Errorf("the clock may be off by %v; more than %v is too much for codes of 30 s: check the NTP client", most,
			maxClockError)
	}
	return fmt.Sprintf("synchronised, off by %v at most", most), nil
}
