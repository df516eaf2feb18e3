package sqlite_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// The value is about the size of a two-factor record.
var benchValue = []byte(strings.Repeat("v", 200))

func benchStores(b *testing.B, run func(b *testing.B, s protocol.Storage)) {
	b.Run("plain", func(b *testing.B) { run(b, newSQLite(b)) })
	b.Run("sealed", func(b *testing.B) {
		run(b, store.Scope(store.Sealed(newSQLite(b), newRing(b)), "TwoFactorAuth", "ann"))
	})
}

func BenchmarkGet(b *testing.B) {
	benchStores(b, func(b *testing.B, s protocol.Storage) {
		put(b, s, "a", string(benchValue))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Get(b.Context(), "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGetParallel(b *testing.B) {
	benchStores(b, func(b *testing.B, s protocol.Storage) {
		put(b, s, "a", string(benchValue))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Get(b.Context(), "a"); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func BenchmarkSwap(b *testing.B) {
	benchStores(b, func(b *testing.B, s protocol.Storage) {
		v := put(b, s, "a", string(benchValue))
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if v, err = s.Swap(b.Context(), "a", v, benchValue); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpenGet measures the cost for a process with one call; the budget is 5 ms.
func BenchmarkOpenGet(b *testing.B) {
	dir := b.TempDir()
	path, keyFile := filepath.Join(dir, "store.db"), filepath.Join(dir, "keys")
	engine := openSQLite(b, path)
	put(b, store.Sealed(engine, keys.NewRing(keyFile, rand.Reader)), "a", string(benchValue))
	engine.Close()
	for b.Loop() {
		engine, err := sqlite.Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Sealed(engine, keys.NewRing(keyFile, rand.Reader)).Get(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
		engine.Close()
	}
}

// BenchmarkDurable measures in rounds, so that all figures come from the same disk at
// the same time: plain writes of the same bytes with fsync and with fdatasync, Swaps of
// as many goroutines, each with a record of its own, and verifications, which are a
// Get, a Swap and another Get on the whole stack. The figures are medians of the
// rounds: -benchtime 15x is a good number.
func BenchmarkDurable(b *testing.B) {
	for _, parallel := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", parallel), func(b *testing.B) {
			const writes = 512
			dir, bare := b.TempDir(), bareLog(b)
			engine := openSQLite(b, filepath.Join(dir, "store.db"))
			sealed := store.Scope(store.Sealed(engine, keys.NewRing(filepath.Join(dir, "keys"), rand.Reader)), "TwoFactorAuth", "ann")
			var fsync, fdatasync, swaps, verifications []float64
			for b.Loop() {
				fsync = append(fsync, rate(b, 1, writes, writeAnd(bare, syscall.Fsync)))
				fdatasync = append(fdatasync, rate(b, 1, writes, writeAnd(bare, syscall.Fdatasync)))
				swaps = append(swaps, rate(b, parallel, writes, func(i int) error {
					return replace(b, engine, fmt.Sprintf("plain-%d", i), false)
				}))
				verifications = append(verifications, rate(b, parallel, writes, func(i int) error {
					return replace(b, sealed, fmt.Sprintf("sealed-%d", i), true)
				}))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(fsync), "fsync/s")
			b.ReportMetric(median(fdatasync), "fdatasync/s")
			b.ReportMetric(median(swaps), "Swap+Get/s")
			b.ReportMetric(median(verifications), "verification/s")
			b.ReportMetric(median(swaps)/median(fdatasync), "Swap÷fdatasync")
		})
	}
}

// rate runs work n times in total in this many goroutines, with the number of the
// goroutine, and returns the runs per second.
func rate(b *testing.B, parallel, n int, work func(i int) error) float64 {
	begin := time.Now()
	var all sync.WaitGroup
	for i := range parallel {
		all.Go(func() {
			for range n / parallel {
				if err := work(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(begin).Seconds()
}

// bareLog returns a file as long as SQLite's log when it starts again at its
// beginning: a sync does not have to write a new length.
func bareLog(b *testing.B) *os.File {
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err == nil {
		b.Cleanup(func() { f.Close() })
		_, err = f.Write(make([]byte, bareFrames*bareFrame))
	}
	if err := errors.Join(err, f.Sync()); err != nil {
		b.Fatal(err)
	}
	return f
}

const (
	bareFrame  = 24 + 4096 // what the Swap of a small value writes: one page and its header
	bareFrames = 1000
)

// writeAnd writes one frame after the other, and syncs each.
func writeAnd(f *os.File, sync func(fd int) error) func(int) error {
	frame, n := make([]byte, bareFrame), 0
	return func(int) error {
		n++
		if _, err := f.WriteAt(frame, int64(n%bareFrames*bareFrame)); err != nil {
			return err
		}
		return sync(int(f.Fd()))
	}
}

func replace(b *testing.B, s protocol.Storage, key string, look bool) error {
	rec, err := s.Get(b.Context(), key)
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	if _, err := s.Swap(b.Context(), key, rec.Version, benchValue); err != nil || !look {
		return err
	}
	_, err = s.Get(b.Context(), key)
	return err
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
