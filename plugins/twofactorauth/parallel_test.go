package twofactorauth_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// together is a storage whose first readers wait for each other, so that all of them
// read the same version.
type together struct {
	sdk.Storage
	readers atomic.Int32 // that are still to come
	all     sync.WaitGroup
}

func newTogether(readers int) *together {
	s := &together{Storage: sdktest.NewMemory()}
	s.expect(readers)
	return s
}

// expect sets how many readers wait for each other from now on.
func (s *together) expect(readers int) {
	s.all.Add(readers)
	s.readers.Store(int32(readers))
}

func (s *together) Get(ctx context.Context, key string) (sdk.Record, error) {
	r, err := s.Storage.Get(ctx, key)
	if s.readers.Add(-1) >= 0 {
		s.all.Done()
		s.all.Wait()
	}
	return r, err
}

// tally is how 64 calls at once ended.
type tally struct{ accepted, refused, throttled, other atomic.Int32 }

func (n *tally) add(r *sdktest.Result) {
	switch {
	case r.Status == 1:
		n.accepted.Add(1)
	case r.Errors[0] == invalid:
		n.refused.Add(1)
	case strings.HasPrefix(r.Errors[0], tooMany):
		n.throttled.Add(1)
	default:
		n.other.Add(1)
	}
}

const (
	sessions = 64
	tooMany  = "Failed to set user configuration: Too many wrong security codes. Wait "
)

// atOnce makes the call from 64 sessions, all of which have read the record
// before the first one writes.
func atOnce(t *testing.T, before func(*sdktest.Host), call func(*sdktest.Host) *sdktest.Result, add func(*sdktest.Result)) *sdktest.Host {
	t.Helper()
	storage := newTogether(0)
	h, _ := newHost(t, sdktest.WithStorage(func(string, string) sdk.Storage { return storage }))
	before(h)
	storage.expect(sessions)
	var done sync.WaitGroup
	for range sessions {
		done.Go(func() { add(call(h)) })
	}
	done.Wait()
	return h
}

// Of 64 sessions with the same valid code exactly one is accepted. Four others are
// evaluated and are replays: the first three have no effect, the fourth starts the
// wait.
func TestS12RFC6238Section52Parallel(t *testing.T) {
	for range 30 {
		var n tally
		code := codeOf(t, secret, noon)
		h := atOnce(t, func(*sdktest.Host) {}, func(h *sdktest.Host) *sdktest.Result { return set(h, secret, code) }, n.add)
		if n.accepted.Load() != 1 || n.refused.Load() != 4 || n.throttled.Load() != sessions-5 {
			t.Fatalf("%d accepted, %d refused, %d throttled, %d other; want 1, 4, %d, 0", n.accepted.Load(), n.refused.Load(), n.throttled.Load(), n.other.Load(), sessions-5)
		}
		if got := strings.Count(h.Log(), "replay: "); got != 4 {
			t.Fatalf("%d replays in the log, want 4", got)
		}
	}
}

// After the three free failures, only one of 64 simultaneous wrong codes is evaluated.
func TestS13RFC4226Section73Parallel(t *testing.T) {
	for range 30 {
		var n tally
		code := wrongOf(t, secret, noon)
		atOnce(t, func(h *sdktest.Host) {
			for range 3 {
				set(h, secret, code).Fails(invalid)
			}
		}, func(h *sdktest.Host) *sdktest.Result { return set(h, secret, code) }, n.add)
		if n.refused.Load() != 1 || n.throttled.Load() != sessions-1 {
			t.Fatalf("%d accepted, %d evaluated, %d throttled, %d other; want 0, 1, %d, 0", n.accepted.Load(), n.refused.Load(), n.throttled.Load(), n.other.Load(), sessions-1)
		}
	}
}

// The same with validate_token and a recovery code: it is accepted once.
func TestASVS651RecoveryCodeParallel(t *testing.T) {
	var n tally
	var code string
	atOnce(t, func(h *sdktest.Host) {
		set(h, secret, codeOf(t, secret, noon)).OK()
		code = recoveryCodesOf(h, nil)[3]
	}, func(h *sdktest.Host) *sdktest.Result { return validate(h, code) }, func(r *sdktest.Result) {
		switch is := verdictOf(r); {
		case is.Valid == 1 && r.Status == 1:
			n.accepted.Add(1)
		case is.Valid == 0 && r.Status == 1:
			n.refused.Add(1)
		case is.Retry > 0:
			n.throttled.Add(1)
		}
	})
	if n.accepted.Load() != 1 || n.refused.Load() != 4 || n.throttled.Load() != sessions-5 {
		t.Errorf("%d accepted, %d refused, %d throttled; want 1, 4, %d", n.accepted.Load(), n.refused.Load(), n.throttled.Load(), sessions-5)
	}
}
