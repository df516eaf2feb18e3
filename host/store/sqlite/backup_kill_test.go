package sqlite_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	rand2 "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// childRestore restores the backups in its arguments, one after the other in an
// endless loop, and prints each.
func childRestore(ctx context.Context, args []string) error {
	for i := 0; ; i++ {
		backup := args[2+i%(len(args)-2)]
		if _, err := sqlite.Restore(ctx, args[0], backup, keys.NewRing(args[1], rand.Reader), sqlite.Restoring{Replace: true}); err != nil {
			return err
		}
		fmt.Println(backup)
	}
}

// childBackup makes one backup after the other, and prints each.
func childBackup(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		path := filepath.Join(args[2], fmt.Sprintf("%d-%d.db", os.Getpid(), i))
		if _, err := s.Backup(ctx, path, made, keys.NewRing(args[1], rand.Reader)); err != nil {
			return err
		}
		fmt.Println(path)
	}
}

// killed runs a child until it has printed a random number of lines, and kills it at a
// random point of its next work. It returns the lines.
func killed(t *testing.T, random *rand2.Rand, role string, args ...string) (said []string) {
	t.Helper()
	cmd := child(t, role, args...)
	lines := start(t, cmd)
	for range random.IntN(4) {
		said = append(said, <-lines)
	}
	for range random.IntN(60000) {
		os.Getpid()
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for line := range lines {
		said = append(said, line)
	}
	cmd.Wait()
	return said
}

// A restore that is killed at any point leaves the old records or the restored ones,
// also for hosts that read all the time.
func TestKilledRestore(t *testing.T) {
	s := newState(t)
	const records = 200
	var backups []string
	for _, value := range []string{"A", "B"} {
		for i := range records {
			key := fmt.Sprintf("key-%03d", i)
			rec, err := s.sealed.Get(t.Context(), key)
			if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				t.Fatal(err)
			}
			if _, err := s.sealed.Swap(t.Context(), key, rec.Version, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		backups = append(backups, s.backup(t, value+".db"))
	}
	random := rand2.New(rand2.NewPCG(7, 8))
	highest := protocol.Version(0)
	look := func() {
		recs, err := s.engine.List(t.Context(), "", "", 1000)
		if err != nil || len(recs) != records {
			t.Fatalf("%d records, %v", len(recs), err)
		}
		for _, rec := range recs {
			if rec.Version < highest {
				t.Fatalf("version %d after %d", rec.Version, highest)
			}
		}
		highest = recs[0].Version
		opened, err := s.sealed.List(t.Context(), "", "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range opened {
			if string(rec.Value) != string(opened[0].Value) {
				t.Fatalf("one record is of %s, another of %s", rec.Value, opened[0].Value)
			}
		}
	}
	for range 15 {
		cmd := child(t, "restore", append([]string{s.path, filepath.Join(s.dir, "keys")}, backups...)...)
		lines := start(t, cmd)
		for range random.IntN(4) { // restores that are not killed, with reads meanwhile
			for said := false; !said; {
				select {
				case <-lines:
					said = true
				default:
					look()
				}
			}
		}
		for range random.IntN(60000) {
			os.Getpid()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		look()
	}
}

// A backup that is killed at any point is complete or does not exist; its remains do
// not prevent the next one.
func TestKilledBackup(t *testing.T) {
	s := newState(t)
	for i := range 200 {
		put(t, s.sealed, fmt.Sprintf("key-%03d", i), strings.Repeat("x", 3000))
	}
	dir := filepath.Join(s.dir, "backups")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	random := rand2.New(rand2.NewPCG(9, 10))
	for range 12 {
		said := killed(t, random, "backup", s.path, filepath.Join(s.dir, "keys"), dir)
		there, err := filepath.Glob(filepath.Join(dir, "*.db"))
		if err != nil || len(there) < len(said) {
			t.Errorf("%d backups, %v; %d were acknowledged", len(there), err, len(said))
		}
		for _, path := range there {
			if contents, err := sqlite.VerifyBackup(t.Context(), path, s.ring); err != nil || contents.Records != 200 {
				t.Errorf("%+v, %v", contents, err)
			}
			os.Remove(path)
		}
		parts, err := filepath.Glob(filepath.Join(dir, "*.part"))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			path := strings.TrimSuffix(part, ".part")
			if _, err := s.engine.Backup(t.Context(), path, made, s.ring); err != nil {
				t.Error(err)
			}
			os.Remove(path)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
