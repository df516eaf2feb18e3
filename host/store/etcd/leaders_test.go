package etcd_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
)

// after waits until n more calls have succeeded, and reports an error when they do not.
func (r *record) after(t *testing.T, n uint64) {
	t.Helper()
	timeout := time.After(time.Minute)
	for until := uint64(0); ; {
		select {
		case now := <-r.moved:
			if until == 0 {
				until = now + n
			}
			if now >= until {
				return
			}
		case <-timeout:
			t.Error("the callers make no progress")
			return
		}
	}
}

// While leaders are killed, stopped and started again, the history of the callers of
// three hosts is linearizable. LIVEAPI_TEST_ROUNDS is the number of rounds (2);
// `make chaos` runs many.
func TestEtcdHistoryWithLeadersKilledAndStopped(t *testing.T) {
	t.Parallel() // it mostly waits
	rounds := 2
	if text := os.Getenv("LIVEAPI_TEST_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := etcdtest.Start(t, 3, nil)
	admin := c.Client(t, clientv3.Config{})
	r := newRecord(6)
	var stop atomic.Bool
	var all sync.WaitGroup
	for client := range 9 {
		s := openEtcd(t, c.Address("history"), etcd.Wait(1500*time.Millisecond))
		random := rand.New(rand.NewPCG(seed, uint64(client)))
		all.Go(func() { r.work(t.Context(), client, s, random, func() bool { return !stop.Load() }) })
	}
	for round := range rounds {
		r.after(t, 200)
		leader, others := c.Leader(t, admin)
		switch round % 4 {
		case 0: // a power cut
			leader.Kill()
			r.after(t, 200)
			etcdtest.Begin(t, leader)
		case 1: // a leader that does not know yet that it has lost the leadership
			leader.Pause(t)
			r.after(t, 200)
			leader.Resume(t)
		case 2: // a member that does not lead
			others[round/4%2].Pause(t)
			r.after(t, 100)
			others[round/4%2].Resume(t)
		case 3: // no majority for a moment
			leader.Kill()
			others[0].Kill()
			etcdtest.Begin(t, leader, others[0])
		}
	}
	r.after(t, 200)
	stop.Store(true)
	all.Wait()
	r.finish(t, openEtcd(t, c.Address("history")))
}
