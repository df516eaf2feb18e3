package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
	"liveapi.host/protocol"
)

// denial is how long a call may take until it fails.
const denial = 5 * time.Second

// denied makes one call of each kind at the same time and checks their errors. It
// returns the duration of the longest.
func denied(t *testing.T, s protocol.Storage, key string, old protocol.Version) (longest time.Duration) {
	t.Helper()
	calls := map[string]func() error{
		"Get":  func() error { _, err := s.Get(t.Context(), key); return err },
		"List": func() error { _, err := s.List(t.Context(), "", "", 10); return err },
		"Swap": func() error { _, err := s.Swap(t.Context(), key, old, []byte("new")); return err },
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	for name, call := range calls {
		all.Go(func() {
			began := time.Now()
			err := call()
			took := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			longest = max(longest, took)
			if took > denial {
				t.Errorf("%s failed after %v; want at most %v", name, took, denial)
			}
			if !errors.Is(err, protocol.ErrUnavailable) && (name != "Swap" || !errors.Is(err, protocol.ErrUnknown)) {
				t.Errorf("%s: error is %v (%v)", name, err, protocol.CodeOf(err))
			}
		})
	}
	all.Wait()
	return longest
}

// again waits until a read succeeds.
func again(t *testing.T, s protocol.Storage, key string) protocol.Record {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		rec, err := s.Get(t.Context(), key)
		if err == nil {
			return rec
		}
		if time.Now().After(end) {
			t.Fatalf("it does not come back: %v", err)
		}
	}
}

// S14: without a majority calls fail within 5 s; they work again without a restart of
// the host.
func TestEtcdWithoutMajorityDenies(t *testing.T) {
	t.Parallel() // it mostly waits
	c := etcdtest.Start(t, 3, nil)
	admin := c.Client(t, clientv3.Config{})
	s := openEtcd(t, c.Address("majority"))
	hasty := openEtcd(t, c.Address("majority"), etcd.Wait(1500*time.Millisecond)) // as s, in a shorter test
	version := put(t, s, "a", "old")
	both := func(do func(m *etcdtest.Member)) func(leader *etcdtest.Member, others []*etcdtest.Member) {
		return func(leader *etcdtest.Member, others []*etcdtest.Member) { do(leader); do(others[0]) }
	}
	for _, loss := range []struct {
		name         string
		lose, regain func(leader *etcdtest.Member, others []*etcdtest.Member)
	}{
		{"killed", both(func(m *etcdtest.Member) { m.Kill() }), func(*etcdtest.Member, []*etcdtest.Member) { c.Begin(t) }},
		{"stopped", both(func(m *etcdtest.Member) { m.Pause(t) }), both(func(m *etcdtest.Member) { m.Resume(t) })},
		{"all killed", func(leader *etcdtest.Member, others []*etcdtest.Member) {
			for _, m := range append(others, leader) {
				m.Kill()
			}
		}, func(*etcdtest.Member, []*etcdtest.Member) { c.Begin(t) }},
	} {
		leader, others := c.Leader(t, admin)
		loss.lose(leader, others)
		calls := hasty
		if loss.name == "killed" {
			calls = s
		}
		first := denied(t, calls, "a", version)
		second := denied(t, hasty, "a", version) // now the remaining member knows that it is alone
		loss.regain(leader, others)
		began := time.Now()
		rec := again(t, calls, "a")
		t.Logf("majority %s: denied after %v, then %v; back %v after the members", loss.name, first.Round(time.Millisecond), second.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
		if value := string(rec.Value); value != "old" && value != "new" {
			t.Fatalf("the record is %q", value)
		}
		var err error
		if version, err = s.Swap(t.Context(), "a", rec.Version, []byte("old")); errors.Is(err, protocol.ErrConflict) {
			// A Swap with an unknown outcome has been applied meanwhile.
			version, err = s.Swap(t.Context(), "a", again(t, s, "a").Version, []byte("old"))
		}
		if err != nil {
			t.Fatalf("Swap with the majority back: %v", err)
		}
	}
}

// A member that is stopped or unreachable keeps its connections: reads find another
// member, and then Swaps do.
func TestEtcdGoesOnWithoutOneMember(t *testing.T) {
	t.Parallel() // it mostly waits
	c := etcdtest.Start(t, 3, nil)
	s := openEtcd(t, c.Address("one"))
	put(t, s, "a", "x")
	_, others := c.Leader(t, c.Client(t, clientv3.Config{}))
	others[0].Pause(t)
	for range 6 { // each member is asked in turn
		want(t, s, "a", "x")
	}
	// The engine avoids the member now, although its connection still looks good.
	began := time.Now()
	for i := range 30 {
		put(t, s, fmt.Sprint("key", i), "x")
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("30 Swaps took %v: the stopped member is still used", took)
	}
	others[0].Resume(t)
	others[0].Kill()
	for range 6 {
		want(t, s, "a", "x")
	}
}

// Where no one listens nothing is sent: it is certain that a Swap did nothing, and the
// error for the log says what to check.
func TestEtcdThatIsNotThere(t *testing.T) {
	t.Parallel() // it mostly waits
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	s := openEtcd(t, "etcd://"+host)
	began := time.Now()
	for name, call := range map[string]func() error{
		"Get":  func() error { _, err := s.Get(t.Context(), "a"); return err },
		"Swap": func() error { _, err := s.Swap(t.Context(), "a", 0, []byte("x")); return err },
	} {
		err := call()
		if !errors.Is(err, protocol.ErrUnavailable) || !strings.Contains(err.Error(), host+": dial tcp "+host+": connect: connection refused: check that etcd runs there") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if took := time.Since(began); took > 2*denial {
		t.Errorf("two calls took %v", took)
	}
	ended, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Get(ended, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller that waits less: %v", err)
	}
}

// A Swap whose context ends while it runs may have been applied.
func TestEtcdSwapOfACallerThatWent(t *testing.T) {
	t.Parallel() // it mostly waits
	c := etcdtest.Start(t, 1, nil)
	s := openEtcd(t, c.Address("went"))
	v := put(t, s, "a", "x")
	c.Members[0].Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Swap(ctx, "a", v, []byte("y")); !errors.Is(err, protocol.ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v (%v), want ErrUnknown with its cause", err, protocol.CodeOf(err))
	}
	c.Members[0].Resume(t)
	if value := string(again(t, s, "a").Value); value != "x" && value != "y" {
		t.Errorf("the record is %q", value)
	}
}

func TestEtcdClosesCleanly(t *testing.T) {
	c := etcdtest.Start(t, 3, nil)
	before := etcdGoroutines()
	for range 3 {
		s := openEtcd(t, c.Address("close"))
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, protocol.ErrNotFound) {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Get(t.Context(), "a"); err == nil || errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("Get after Close: %v", err)
		}
		if _, err := s.Swap(t.Context(), "a", 0, []byte("x")); err == nil || errors.Is(err, protocol.ErrUnknown) {
			t.Errorf("Swap after Close: %v", err)
		}
	}
	for end := time.Now().Add(10 * time.Second); etcdGoroutines() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines of etcd's client, %d before", etcdGoroutines(), before)
		}
	}
}

// etcdGoroutines counts the goroutines that belong to clients of etcd.
func etcdGoroutines() int {
	stacks := make([]byte, 1<<22)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "google.golang.org/grpc") || strings.Contains(stack, "go.etcd.io") {
			n++
		}
	}
	return n
}

var _ protocol.Storage = (*etcd.Store)(nil)
