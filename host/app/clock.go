package app

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// maxClockError is how far the clock may be off before codes of 30 s suffer: a
// code is taken for the step before and after at most (RFC 6238 section 5.2).
const maxClockError = 5 * time.Second

// checkClock asks the kernel whether something keeps the clock right (OWASP ASVS
// 5.0 6.5.8): time-based codes are only as good as it.
func checkClock() (string, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t) // changes nothing: no mode is set
	if err != nil {
		return "", fmt.Errorf("the kernel does not say whether the clock is right: %w", err)
	}
	return judgeClock(state, int(t.Status), time.Duration(t.Maxerror)*time.Microsecond)
}

// judgeClock reads what adjtimex(2) says: its state, the status bits, and the
// greatest error that the clock can have.
func judgeClock(state, status int, most time.Duration) (string, error) {
	switch {
	case state == unix.TIME_ERROR || status&unix.STA_UNSYNC != 0:
		return "", fmt.Errorf("the clock is not synchronised, by the kernel's word: install a client of NTP, such as chrony or systemd-timesyncd, and let it run; in a container that is the machine's own task")
	case most > maxClockError:
		return "", fmt.Errorf("the clock may be off by %v; more than %v is too much for codes of 30 s: look at the client of NTP", most, maxClockError)
	}
	return fmt.Sprintf("synchronised, off by %v at most", most), nil
}
