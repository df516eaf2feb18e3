package app

import (
	"errors"
	"fmt"
	"math"
	"time"

	"liveapi.host/host/call"
)

// unset is the value of a number that the configuration file and the flags do not
// give. It is not 0, because somebody may write 0.
const unset = math.MinInt

// unsetLimits prepares the settings for the configuration file.
func (s *Settings) unsetLimits() {
	l := &s.Limits
	l.Payload, l.Reply, l.Sessions, l.AccountSessions = unset, unset, unset, unset
	l.Idle, s.Deadline = unset, unset
}

// checkLimits refuses bounds that are too large or too small: the host's own errors
// must fit into a response (W10). It changes unset to 0, which means the default.
func (s *Settings) checkLimits() error {
	var problems []error
	l := &s.Limits
	for _, limit := range []struct {
		name        string
		value       *int
		least, most int
	}{
		{"payload", &l.Payload, 1 << 10, 16 << 20}, // W12
		{"reply", &l.Reply, 4 << 10, 16 << 20},     // a module's result can have no more
		{"sessions", &l.Sessions, 1, 1 << 20},
		{"account_sessions", &l.AccountSessions, 1, 1 << 20},
	} {
		if *limit.value == unset {
			*limit.value = 0
		} else if *limit.value < limit.least || *limit.value > limit.most {
			problems = append(problems,
				fmt.Errorf("limits: %s is %d; %d to %d are allowed", limit.name, *limit.value, limit.least, limit.most))
		}
	}
	if l.Idle == unset {
		l.Idle = 0
	} else if l.Idle < time.Second || l.Idle > 24*time.Hour {
		problems = append(problems, fmt.Errorf("limits: idle is %v; 1s to 24h are allowed", l.Idle))
	}
	return errors.Join(problems...)
}

// checkDeadline is as checkLimits, for the deadline of a call.
func (s *Settings) checkDeadline() error {
	if s.Deadline == unset {
		s.Deadline = 0
	} else if s.Deadline <= 0 || s.Deadline > call.MaxDeadline {
		return fmt.Errorf("the deadline of a call is %v; more than 0 and at most %v are allowed, because callers wait 60 s",
			s.Deadline, call.MaxDeadline)
	}
	return nil
}
