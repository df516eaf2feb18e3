package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"liveapi.host/protocol"
)

// childRole is the environment variable that makes the test binary one of the other
// processes, see childRekey and childSealing.
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

func runChild(role string, args []string) int {
	roles := map[string]func(ctx context.Context, args []string) error{"rekey": childRekey, "sealing": childSealing}
	if err := roles[role](context.Background(), args); err != nil {
		fmt.Fprintf(os.Stderr, "child %s: %v\n", role, err)
		return 1
	}
	return 0
}

// add adds 1 to a record.
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
