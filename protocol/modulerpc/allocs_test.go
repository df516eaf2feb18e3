//go:build !race

package modulerpc_test

import (
	"context"
	"testing"
	"time"

	"liveapi.host/protocol/modulerpc"
)

// The host's side of a call on the lane is on the hot path: at most 4
// allocations of the 5 that the host may make for a call.
func TestCallAllocatesLittle(t *testing.T) {
	p := startModule(t, modulerpc.Config{Path: self(t)})
	call := newCall("echo", `{"name":"value"}`, nil)
	allocations := testing.AllocsPerRun(500, func() {
		call.Deadline = time.Now().Add(30 * time.Second)
		if _, err := p.Invoke(context.Background(), call); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 4 {
		t.Errorf("%v allocations a call", allocations)
	}
}
