package app

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ASVS 5.0 6.5.8: a clock that is not synchronised or too far off is reported.
func TestClockIsJudged(t *testing.T) {
	for _, c := range []struct {
		name          string
		state, status int
		most          time.Duration
		want          string
	}{
		{"synchronised", unix.TIME_OK, 0, 12 * time.Millisecond, ""},
		{"a leap second is coming", unix.TIME_INS, unix.STA_INS, time.Millisecond, ""},
		{"not synchronised", unix.TIME_ERROR, unix.STA_UNSYNC, 16 * time.Second, "not synchronised"},
		{"by the status alone", unix.TIME_OK, unix.STA_UNSYNC, time.Millisecond, "not synchronised"},
		{"far off", unix.TIME_OK, 0, 6 * time.Second, "may be off by 6s"},
	} {
		text, err := judgeClock(c.state, c.status, c.most)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || err == nil && text == "" {
			t.Errorf("%s: %q, %v", c.name, text, err)
		}
	}
}
