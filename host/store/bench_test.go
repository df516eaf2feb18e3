package store_test

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/store"
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

// BenchmarkOpenGet is what a process for one call pays; the budget is 5 ms.
func BenchmarkOpenGet(b *testing.B) {
	dir := b.TempDir()
	path, keys := filepath.Join(dir, "store.db"), filepath.Join(dir, "keys")
	engine := openSQLite(b, path)
	put(b, store.Sealed(engine, store.NewKeyRing(keys, rand.Reader)), "a", string(benchValue))
	engine.Close()
	for b.Loop() {
		engine, err := store.OpenSQLite(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Sealed(engine, store.NewKeyRing(keys, rand.Reader)).Get(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
		engine.Close()
	}
}
