package etcd_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
)

func openEtcd(t testing.TB, address string, options ...etcd.Option) *etcd.Store {
	t.Helper()
	e, err := etcd.Open(address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// emptyEtcd returns a function that opens an unused part of a cluster with each call.
func emptyEtcd(c *etcdtest.Cluster) func(t testing.TB) protocol.Storage {
	var n atomic.Int32
	return func(t testing.TB) protocol.Storage { return openEtcd(t, c.Address(fmt.Sprintf("empty%d", n.Add(1)))) }
}

func TestConformanceEtcd(t *testing.T) {
	engine := emptyEtcd(etcdtest.Start(t, 1, nil))
	t.Run("engine", func(t *testing.T) { conformance.Storage(t, engine) })
	t.Run("scope", func(t *testing.T) {
		layers := func(t testing.TB) protocol.Storage {
			return store.Scope(store.Sealed(engine(t), newRing(t)), "TwoFactorAuth", "ann")
		}
		conformance.Storage(t, layers)
		conformance.StorageBounds(t, layers)
	})
}
