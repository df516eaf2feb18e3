package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// childRole is the environment variable that makes the test binary one of the
// processes below.
const childRole = "LIVEAPI_STORE_TEST_ROLE"

// child returns a process that plays a role with its arguments.
func child(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

func runChild(role string, args []string) int {
	roles := map[string]func(ctx context.Context, args []string) error{
		"add": childAdd, "hammer": childHammer, "lock": childLock, "size": childSize, "readonly": childReadOnly,
		"share": childShare, "faults": childFaults,
		"restore": childRestore, "backup": childBackup, "fullrestore": childFullRestore,
	}
	if err := roles[role](context.Background(), args); err != nil {
		fmt.Fprintf(os.Stderr, "child %s: %v\n", role, err)
		return 1
	}
	return 0
}

// childAdd adds 1 to a record n times; its third argument can make it open the store
// each time.
func childAdd(ctx context.Context, args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var s *sqlite.Store
	for i := range n {
		if i == 0 || args[2] == "reopen" {
			if s != nil {
				if err := s.Close(); err != nil {
					return err
				}
			}
			if s, err = sqlite.Open(ctx, args[0]); err != nil {
				return err
			}
		}
		if err := add(ctx, s, "count"); err != nil {
			return err
		}
		fmt.Println("ok") // acknowledged
	}
	return s.Close()
}

func add(ctx context.Context, s protocol.Storage, key string) error {
	for {
		rec, err := s.Get(ctx, key)
		n := 0
		if err == nil {
			n, err = strconv.Atoi(string(rec.Value))
		}
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		if _, err = s.Swap(ctx, key, rec.Version, strconv.AppendInt(nil, int64(n)+1, 10)); !errors.Is(err, protocol.ErrConflict) {
			return err
		}
	}
}

// childHammer counts up until it is killed, and prints each number that it has stored.
func childHammer(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	for {
		if err := add(ctx, s, "count"); err != nil {
			return err
		}
		rec, err := s.Get(ctx, "count")
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", rec.Value)
	}
}

// childLock keeps the store locked for writing until its stdin ends.
func childLock(_ context.Context, args []string) error {
	c, err := rawSQLite(args[0])
	if err != nil {
		return err
	}
	defer c.Close()
	if err := execSQLite(c, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	fmt.Println("locked")
	bufio.NewScanner(os.Stdin).Scan()
	return execSQLite(c, "COMMIT")
}

// childSize runs out of space by a limit on the size of its files, and gets more
// later.
func childSize(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	v, err := s.Swap(ctx, "a", 0, []byte("before"))
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := limitFiles(48 << 10); err != nil {
		return err
	}
	for _, key := range []string{"a", "b"} {
		old := map[string]protocol.Version{"a": v}[key]
		if _, err := s.Swap(ctx, key, old, make([]byte, 1<<20)); !errors.Is(err, protocol.ErrFull) {
			return fmt.Errorf("a Swap without space: %v, want ErrFull", err)
		}
		if rec, err := s.Get(ctx, "a"); err != nil || string(rec.Value) != "before" {
			return fmt.Errorf("after a Swap without space the record is %d bytes, %v", len(rec.Value), err)
		}
	}
	for range 100 { // replacing a record still works: the log is emptied in time
		if v, err = s.Swap(ctx, "a", v, []byte("before")); err != nil {
			return fmt.Errorf("a small Swap without space: %w", err)
		}
	}
	if err := fullTogether(ctx, s); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if _, err = s.Swap(ctx, "a", v, make([]byte, 1<<20)); err != nil {
		return fmt.Errorf("with space again: %w", err)
	}
	return s.Close()
}

// fullTogether queues Swaps that fit together with Swaps that do not fit: each has the
// outcome that it would have alone.
func fullTogether(ctx context.Context, s *sqlite.Store) error {
	errs := make(chan error)
	const writers = 12
	for i := range writers {
		go func() {
			var version protocol.Version
			var err error
			for n := 0; n < 5 && err == nil; n++ {
				key := fmt.Sprintf("together-%d", i)
				if i%3 == 0 {
					if _, e := s.Swap(ctx, key, 0, make([]byte, 1<<20)); !errors.Is(e, protocol.ErrFull) {
						err = fmt.Errorf("a Swap without space among others: %w, want ErrFull", e)
					}
					continue
				}
				if version, err = s.Swap(ctx, key, version, []byte("small")); err != nil {
					err = fmt.Errorf("a small Swap among those without space: %w", err)
				}
			}
			errs <- err
		}()
	}
	var all error
	for range writers {
		all = errors.Join(all, <-errs)
	}
	return all
}

// limitFiles limits the files of this process to less than n bytes.
func limitFiles(n uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: limit.Max})
}

// childReadOnly is a user who may read the store but not write it, until a line on its
// stdin.
func childReadOnly(ctx context.Context, args []string) error {
	if os.Geteuid() == 0 { // root may write everything
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(otherUser), syscall.Setuid(otherUser)); err != nil {
			return err
		}
	}
	s, err := sqlite.Open(ctx, args[0])
	if err == nil {
		if rec, err := s.Get(ctx, "a"); err != nil || string(rec.Value) != "one" {
			return fmt.Errorf("reading: %q, %w", rec.Value, err)
		}
		_, err = s.Swap(ctx, "b", 0, []byte("x"))
	}
	fmt.Printf("%v\n", err)
	if !bufio.NewScanner(os.Stdin).Scan() {
		return nil
	}
	if _, err := s.Swap(ctx, "b", 0, []byte("x")); err != nil {
		return fmt.Errorf("writable again: %w", err)
	}
	return s.Close()
}

const otherUser = 65534
