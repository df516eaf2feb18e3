package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
	"liveapi.host/protocol"
)

// benchValue has the size of a sealed record of two-factor authentication.
var benchValue = make([]byte, 200)

// BenchmarkEtcd measures, on three members and from three hosts: one transaction of
// etcd's own client, a Swap of the engine, and the work of a verification, which is a
// Get and a Swap of a sealed record, each on records of its own.
func BenchmarkEtcd(b *testing.B) {
	c := etcdtest.Start(b, 3, nil)
	ring := newRing(b)
	var clients []*clientv3.Client
	var engines []*etcd.Store
	for range 3 {
		clients = append(clients, c.Client(b, clientv3.Config{}))
		engines = append(engines, openEtcd(b, c.Address("bench")))
	}
	n := 0
	fresh := func() string { n++; return fmt.Sprintf("record%d", n) }
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("transaction/callers=%d", callers), func(b *testing.B) {
			timed(b, callers, func(i int) func() error {
				key, client, revision := "/bare/"+fresh(), clients[i%3], int64(0)
				return func() error {
					resp, err := client.Txn(b.Context()).
						If(clientv3.Compare(clientv3.ModRevision(key), "=", revision)).
						Then(clientv3.OpPut(key, string(benchValue))).
						Commit()
					if err == nil {
						revision = resp.Header.Revision
					}
					return err
				}
			})
		})
		b.Run(fmt.Sprintf("swap/callers=%d", callers), func(b *testing.B) {
			timed(b, callers, func(i int) func() error {
				key, version := fresh(), protocol.Version(0)
				return func() (err error) {
					version, err = engines[i%3].Swap(b.Context(), key, version, benchValue)
					return err
				}
			})
		})
		b.Run(fmt.Sprintf("verification/callers=%d", callers), func(b *testing.B) {
			timed(b, callers, func(i int) func() error {
				view := store.Scope(store.Sealed(engines[i%3], ring), "TwoFactorAuth", fresh())
				return func() error {
					rec, err := view.Get(b.Context(), "configuration")
					if err != nil && !errors.Is(err, protocol.ErrNotFound) {
						return err
					}
					_, err = view.Swap(b.Context(), "configuration", rec.Version, benchValue)
					return err
				}
			})
		})
	}
}

// timed lets callers make the b.N calls, each by the function that make returns for
// it, and reports the calls per second and their duration.
func timed(b *testing.B, callers int, make func(i int) func() error) {
	var mu sync.Mutex
	var took []time.Duration
	var calls []func() error
	for i := range callers {
		calls = append(calls, make(i))
	}
	var all sync.WaitGroup
	b.ResetTimer()
	for i, call := range calls {
		all.Go(func() {
			var own []time.Duration
			for range (b.N + callers - 1 - i) / callers {
				began := time.Now()
				if err := call(); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	if len(took) > 0 {
		b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "calls/s")
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// BenchmarkEtcdFailover measures how long nothing can be stored after the leader was
// killed: from then until a Swap that began later has succeeded.
func BenchmarkEtcdFailover(b *testing.B) {
	for name, way := range map[string]struct {
		lose, regain func(b *testing.B, m *etcdtest.Member)
	}{
		"killed":  {func(_ *testing.B, m *etcdtest.Member) { m.Kill() }, func(b *testing.B, m *etcdtest.Member) { etcdtest.Begin(b, m) }},
		"stopped": {func(b *testing.B, m *etcdtest.Member) { m.Pause(b) }, func(b *testing.B, m *etcdtest.Member) { m.Resume(b) }},
	} {
		b.Run(name, func(b *testing.B) {
			c := etcdtest.Start(b, 3, nil)
			admin := c.Client(b, clientv3.Config{})
			s := openEtcd(b, c.Address("failover"))
			put(b, s, "warm", "x")
			var took []time.Duration
			for b.Loop() {
				leader, _ := c.Leader(b, admin)
				way.lose(b, leader)
				took = append(took, untilStored(b.Context(), s))
				way.regain(b, leader)
			}
			slices.Sort(took)
			b.ReportMetric(took[0].Seconds(), "least-s")
			b.ReportMetric(took[len(took)/2].Seconds(), "p50-s")
			b.ReportMetric(took[len(took)-1].Seconds(), "most-s")
		})
	}
}

// untilStored starts a Swap every 50 ms and returns the time until the first success.
func untilStored(ctx context.Context, s protocol.Storage) time.Duration {
	began := time.Now()
	stored := make(chan struct{}, 1)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		go func() {
			if _, err := s.Swap(ctx, fmt.Sprintf("%d.%d", began.UnixNano(), n), 0, benchValue); err == nil {
				select {
				case stored <- struct{}{}:
				default:
				}
			}
		}()
		select {
		case <-stored:
			return time.Since(began)
		case <-tick.C:
		}
	}
}
