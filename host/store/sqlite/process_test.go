package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// start starts a process and returns the lines that it prints, until it ends.
func start(t testing.TB, cmd *exec.Cmd) <-chan string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1<<16)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	return lines
}

// Several processes make the store at the same moment and count in it: no update is
// lost.
func TestProcessesCountTogether(t *testing.T) {
	for _, mode := range []string{"keep", "reopen"} {
		t.Run(mode, func(t *testing.T) {
			const processes, times = 6, 40
			path := filepath.Join(t.TempDir(), "new", "store.db")
			var cmds []*exec.Cmd
			var outs []<-chan string
			for range processes {
				cmd := child(t, "add", path, strconv.Itoa(times), mode)
				cmds, outs = append(cmds, cmd), append(outs, start(t, cmd))
			}
			acknowledged := 0
			for i, cmd := range cmds {
				for range outs[i] {
					acknowledged++
				}
				if err := cmd.Wait(); err != nil {
					t.Errorf("process %d: %v", i, err)
				}
			}
			if acknowledged != processes*times {
				t.Errorf("%d increments acknowledged, want %d", acknowledged, processes*times)
			}
			want(t, openSQLite(t, path), "count", strconv.Itoa(acknowledged))
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// A tool may have changed the journal mode: several processes that start at the same
// time can change it back.
func TestProcessesChangeToWALTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	for range 5 {
		s := openSQLite(t, path)
		s.Close()
		tamper(t, path, "PRAGMA journal_mode=DELETE")
		var cmds []*exec.Cmd
		for range 6 {
			cmd := child(t, "add", path, "1", "keep")
			start(t, cmd)
			cmds = append(cmds, cmd)
		}
		for i, cmd := range cmds {
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		}
	}
	want(t, openSQLite(t, path), "count", "30")
}

// Reads are linearizable: a Get that begins after a Swap of another process was
// acknowledged returns its value. When a writer is killed at any point, no acknowledged
// write is lost, and the store still opens.
func TestKilledWriterLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	last := 0
	for round := range 25 {
		cmd := child(t, "hammer", path)
		lines := start(t, cmd)
		var s *sqlite.Store
		for range 1 + round*round%37 {
			line, ok := <-lines
			if !ok {
				t.Fatal("the writer ended by itself")
			}
			last = number(t, line)
			if s == nil {
				s = openSQLite(t, path)
			}
			if got := count(t, s); got < last {
				t.Fatalf("read %d after %d was acknowledged", got, last)
			}
		}
		if round%2 == 0 { // now no process has the store open
			s.Close()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for line := range lines {
			last = number(t, line)
		}
		cmd.Wait()
		s.Close()
		s = openSQLite(t, path)
		if got := count(t, s); got < last || got > last+1 {
			t.Fatalf("round %d: %d stored, %d acknowledged", round, got, last)
		}
		s.Close()
	}
	tamper(t, path, "PRAGMA integrity_check")
}

func number(t *testing.T, line string) int {
	t.Helper()
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func count(t *testing.T, s protocol.Storage) int {
	t.Helper()
	rec, err := s.Get(t.Context(), "count")
	if err != nil {
		t.Fatal(err)
	}
	return number(t, string(rec.Value))
}

// Of many sessions in many processes that swap the same version exactly one succeeds.
func TestHandlesOnOneFileSwapOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var stores []*sqlite.Store
	for range 8 {
		stores = append(stores, openSQLite(t, path))
	}
	v := protocol.Version(0)
	for round := range 20 {
		type outcome struct {
			version protocol.Version
			err     error
		}
		outcomes := make(chan outcome)
		old := v
		for i := range 64 {
			go func() {
				w, err := stores[i%len(stores)].Swap(t.Context(), "a", old, fmt.Appendf(nil, "%d", i))
				outcomes <- outcome{w, err}
			}()
		}
		won := 0
		for range 64 {
			switch o := <-outcomes; {
			case o.err == nil:
				won++
				v = o.version
			case !errors.Is(o.err, protocol.ErrConflict):
				t.Error(o.err)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d Swaps of one version succeeded", round, won)
		}
	}
}

func TestNoSpaceIsErrFullAndPasses(t *testing.T) {
	if out, err := child(t, "size", filepath.Join(t.TempDir(), "store.db")).Output(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// A user who may only read: reading works or fails with an error that says what to
// check, and writing works as soon as it is allowed.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store.db")
	for name := dir; name != os.TempDir() && name != "/"; name = filepath.Dir(name) {
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := openSQLite(t, path)
	put(t, s, "a", "one")
	chmod := func(mode os.FileMode, names ...string) {
		t.Helper()
		for _, name := range names {
			if err := os.Chmod(name, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := []string{path, path + "-wal", path + "-shm"}
	chmod(0o444, files...)
	chmod(0o555, dir)
	defer chmod(0o755, dir)
	run := func(again bool) {
		t.Helper()
		cmd := child(t, "readonly", path)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		lines := start(t, cmd)
		if line := <-lines; !strings.Contains(line, "cannot be opened or written by uid") || !strings.Contains(line, path) {
			t.Errorf("the error is %q", line)
		}
		if again {
			chmod(0o666, files...)
			chmod(0o777, dir)
			fmt.Fprintln(stdin)
		}
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	run(true)
	want(t, s, "b", "x")
	s.Close() // removes -wal and -shm, which the reader cannot make
	chmod(0o444, path)
	chmod(0o555, dir)
	run(false)
	chmod(0o600, path)
}
