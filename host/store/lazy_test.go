package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
)

func TestConformanceLazy(t *testing.T) {
	conformance.Storage(t, func(t testing.TB) protocol.Storage {
		dir := t.TempDir()
		l := store.Lazy(func(ctx context.Context) (protocol.Storage, error) {
			engine, err := sqlite.Open(ctx, filepath.Join(dir, "state", "store.db"))
			if err != nil {
				return nil, err
			}
			return store.Sealed(engine, keys.NewRing(filepath.Join(dir, "state", "keys"), rand.Reader)), nil
		})
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
		if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the disk was touched before the first use: %v", err)
		}
		return l
	})
}

func TestLazyOpensOnceForManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened atomic.Int32
		release := make(chan struct{})
		l := store.Lazy(func(context.Context) (protocol.Storage, error) {
			opened.Add(1)
			<-release
			return &recorder{}, nil
		})
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				if _, err := l.List(t.Context(), "", "", 1); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // one opens, all others wait
		close(release)
		all.Wait()
		if n := opened.Load(); n != 1 {
			t.Errorf("opened %d times", n)
		}
	})
}

func TestLazyTriesAgainAfterFailure(t *testing.T) {
	broken := errors.New("broken")
	tries := 0
	l := store.Lazy(func(context.Context) (protocol.Storage, error) {
		if tries++; tries < 3 {
			return nil, broken
		}
		return &recorder{}, nil
	})
	for range 2 {
		if _, err := l.Swap(t.Context(), "a", 0, nil); !errors.Is(err, broken) {
			t.Errorf("error is %v", err)
		}
	}
	for range 3 {
		if _, err := l.Swap(t.Context(), "a", 0, nil); err != nil {
			t.Error(err)
		}
	}
	if tries != 3 {
		t.Errorf("opened %d times", tries)
	}
}

// A call that waits for another call's open ends with its own context. When the
// context of the opening call ends, the waiting calls go on.
func TestLazyWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		l := store.Lazy(func(ctx context.Context) (protocol.Storage, error) {
			if tries++; tries == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return &recorder{}, nil
		})
		get := func(ctx context.Context) <-chan error {
			done := make(chan error, 1)
			go func() {
				_, err := l.Get(ctx, "a")
				done <- err
			}()
			synctest.Wait()
			return done
		}
		opening, stopOpening := context.WithCancel(t.Context())
		waiting, stopWaiting := context.WithCancel(t.Context())
		first, second, third := get(opening), get(waiting), get(t.Context())
		stopWaiting()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("the call whose context ended: %v", err)
		}
		stopOpening()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the call that was opening: %v", err)
		}
		if err := <-third; !errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("the call that waited: %v", err)
		}
	})
}

func TestLazyClose(t *testing.T) {
	l := store.Lazy(func(context.Context) (protocol.Storage, error) {
		t.Error("Close has opened the storage")
		return nil, nil
	})
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Get(t.Context(), "a"); err == nil || errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("Get after Close: %v", err)
	}
}
