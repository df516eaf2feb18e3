package modulerpc

import (
	"testing"
	"time"
)

func TestProcessorsFollowWhatCallsCompute(t *testing.T) {
	const most = 8
	for name, c := range map[string]struct {
		now            int
		spent, perCall time.Duration // spent of 10 ms
		want           int
	}{
		"short calls, busy":              {1, 10 * time.Millisecond, 20 * time.Microsecond, 1},
		"long calls, busy":               {1, 9 * time.Millisecond, time.Millisecond, most},
		"long calls, mostly idle":        {1, 2 * time.Millisecond, time.Millisecond, 1},
		"long calls keep what they have": {most, 2 * time.Millisecond, time.Millisecond, most},
		"short calls give it back":       {most, 10 * time.Millisecond, 20 * time.Microsecond, 1},
		"neither long nor short":         {most, 10 * time.Millisecond, 70 * time.Microsecond, most},
	} {
		p := &processors{most: most, now: c.now}
		if got := p.judge(10*time.Millisecond, c.spent, c.perCall); got != c.want {
			t.Errorf("%s: %d processors, want %d", name, got, c.want)
		}
	}
}
