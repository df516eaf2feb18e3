package keys_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
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
	roles := map[string]func(ctx context.Context, args []string) error{"keys": childKeys, "addkeys": childAddKeys}
	if err := roles[role](context.Background(), args); err != nil {
		fmt.Fprintf(os.Stderr, "child %s: %v\n", role, err)
		return 1
	}
	return 0
}

// childKeys makes or finds the key file and seals one record with it.
func childKeys(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0])
	if err != nil {
		return err
	}
	ring, err := keys.OpenRing(ctx, args[1], rand.Reader)
	if err != nil {
		return err
	}
	if _, err := store.Sealed(s, ring).Swap(ctx, args[2], 0, []byte("value of "+args[2])); err != nil {
		return err
	}
	return s.Close()
}

// childAddKeys adds keys until it is killed, and prints each.
func childAddKeys(ctx context.Context, args []string) error {
	for i := 0; ; i++ {
		id, err := keys.NewRing(args[0], rand.Reader).Add(ctx, i%3 == 0)
		if err != nil {
			return err
		}
		fmt.Println(id)
	}
}
