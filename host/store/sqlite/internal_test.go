package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

// Every connection syncs each commit: otherwise a power cut would lose acknowledged
// writes, which no test with killed processes can show.
func TestConnectionsSyncEachCommit(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var held []*conn
	for range connections {
		c, err := s.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
		if n, err := c.number("PRAGMA synchronous"); err != nil || n != 2 {
			t.Errorf("synchronous is %d, %v; want 2, which is FULL", n, err)
		}
	}
	for _, c := range held {
		s.put(c, nil)
	}
}

// After a commit that failed for another reason than space, the outcome is unknown.
func TestFailedCommitIsUnknown(t *testing.T) {
	s := &Store{path: filepath.Join(t.TempDir(), "store.db")}
	cause := errors.New("the cause")
	err := s.explain(s.uncommitted(cause))
	if !errors.Is(err, protocol.ErrUnknown) || !errors.Is(err, cause) || !strings.Contains(err.Error(), s.path) {
		t.Errorf("error is %v, want ErrUnknown with its cause and the path", err)
	}
}
