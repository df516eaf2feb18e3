package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

const crowd = 16 // goroutines of one process that write at once

// childShare writes with many goroutines until its stdin ends: each counts up in a
// record of its own, and all in a common one. It prints "many" once, and at the end
// how much it has added to the common one.
func childShare(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	var end atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end.Store(true)
	}()
	var added atomic.Int64
	var all sync.WaitGroup
	errs := make(chan error, crowd)
	for i := range crowd {
		all.Go(func() {
			for n := 1; !end.Load(); n++ {
				own := fmt.Sprintf("%d-%d", os.Getpid(), i)
				if err := errors.Join(add(ctx, s, "count"), add(ctx, s, own)); err != nil {
					errs <- err
					return
				}
				if added.Add(1) == 100 {
					fmt.Println("many")
				}
			}
		})
	}
	all.Wait()
	fmt.Println(added.Load())
	select {
	case err := <-errs:
		return err
	default:
		return s.Close()
	}
}

// Batches of several processes lose no writes of each other, and no process blocks the
// others.
func TestProcessesShareWithBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openSQLite(t, path)
	var cmds []*exec.Cmd
	var stdins []io.Closer
	var outs []<-chan string
	for range 3 {
		cmd := child(t, "share", path)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, start(t, cmd))
		cmds, stdins = append(cmds, cmd), append(stdins, stdin)
	}
	for i, out := range outs { // each gets here while the others go on
		if line := <-out; line != "many" {
			t.Errorf("process %d says %q", i, line)
		}
	}
	total := 0
	for i, cmd := range cmds {
		stdins[i].Close()
		for line := range outs[i] {
			total += number(t, line)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
	want(t, s, "count", strconv.Itoa(total))
}

// childFaults counts up in many records at once while some of its syncs fail, and
// prints for each record the last outcome. Then it waits, because closing the store
// could repair it.
func childFaults(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			key := fmt.Sprintf("key-%d", i)
			var version protocol.Version
			for n := 1; n <= 30; n++ {
				next, err := s.Swap(ctx, key, version, []byte(strconv.Itoa(n)))
				switch {
				case err == nil:
					version = next
					fmt.Println("stored", key, n, n)
				case errors.Is(err, protocol.ErrUnknown):
					fmt.Println("unknown", key, n-1, n)
					return
				default: // nothing was written
					fmt.Println("failed", key, n-1, n-1, strings.ReplaceAll(err.Error(), "\n", " "))
					return
				}
			}
		})
	}
	all.Wait()
	fmt.Println("done")
	bufio.NewScanner(os.Stdin).Scan()
	return nil
}

// When a sync fails the outcome is unknown for all writes of that commit. Each of them
// gets this error, and none a success.
func TestFailedSyncOfABatch(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace: ", err)
	}
	for _, when := range []string{"2", "2+", "3+4"} {
		t.Run(when, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			openSQLite(t, path).Close()
			cmd := child(t, "faults", path)
			cmd.Args = append(
				[]string{
					"strace",
					"-f",
					"-q",
					"-o",
					os.DevNull,
					"-e",
					"trace=fsync,fdatasync",
					"-e",
					"inject=fsync,fdatasync:error=EIO:when=" + when,
					cmd.Path,
				},
				cmd.Args[1:]...)
			cmd.Path = strace
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			least, most, unknown := map[string]int{}, map[string]int{}, 0
			for line := range start(t, cmd) {
				word, rest, _ := strings.Cut(line, " ")
				if word == "done" {
					break
				}
				if word == "unknown" {
					unknown++
				}
				fields := strings.Fields(rest)
				least[fields[0]], most[fields[0]] = number(t, fields[1]), number(t, fields[2])
			}
			cmd.Process.Kill()
			stdin.Close()
			cmd.Wait()
			if unknown == 0 {
				t.Error("no sync failed")
			}
			s := openSQLite(t, path)
			for key := range least {
				n := 0
				if rec, err := s.Get(t.Context(), key); err == nil {
					n = number(t, string(rec.Value))
				} else if !errors.Is(err, protocol.ErrNotFound) {
					t.Fatal(err)
				}
				if n < least[key] || n > most[key] {
					t.Errorf("%s holds %d; the outcomes allow %d to %d", key, n, least[key], most[key])
				}
			}
		})
	}
}
