package keys_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/protocol"
)

// BenchmarkSeal measures the cost of sealing with keys that may change at any moment:
// the engine does nothing.
func BenchmarkSeal(b *testing.B) {
	s := store.Sealed(nowhere{}, keys.NewRing(filepath.Join(b.TempDir(), "keys"), rand.Reader))
	value := []byte(strings.Repeat("v", 200)) // about the size of a two-factor record
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Swap(b.Context(), "a", 0, value); err != nil {
			b.Fatal(err)
		}
	}
}

// nowhere stores nothing.
type nowhere struct{ protocol.Storage }

func (nowhere) Swap(_ context.Context, _ string, old protocol.Version, _ []byte) (protocol.Version, error) {
	return old + 1, nil
}
