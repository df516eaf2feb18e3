package cleanup_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/sys/cleanup"
)

// bePrivate creates a private folder, prints its path, and waits for the end of its
// standard input.
func bePrivate(parent string) int {
	dir, err := cleanup.PrivateDir(parent)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(dir)
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// keeper starts a process that keeps a private folder below parent.
func keeper(t *testing.T, parent string) (dir string, cmd *exec.Cmd) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(binary, "be", "private", parent)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), cmd
}

func exists(t *testing.T, path string, want bool) {
	t.Helper()
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) == want {
		t.Errorf("%s exists: %v, want %v", path, !want, want)
	}
}

func TestPrivateDirIsPrivate(t *testing.T) {
	parent := shortDir(t)
	dir, err := cleanup.PrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode() != os.ModeDir|0o700 || filepath.Dir(dir) != parent {
		t.Errorf("%s: %v, %v", dir, info.Mode(), err)
	}
	if len(filepath.Base(dir)) > 30 {
		t.Errorf("%q leaves little room for a socket's name", filepath.Base(dir))
	}
	if _, err := cleanup.PrivateDir(filepath.Join(parent, "none")); err == nil {
		t.Error("a folder was created below a missing one")
	}
}

// TestPrivateDirSweep: a folder is removed by the next start after its process was
// killed, and not before.
func TestPrivateDirSweep(t *testing.T) {
	parent := shortDir(t)
	living, _ := keeper(t, parent)
	killed, cmd := keeper(t, parent)
	if err := os.WriteFile(filepath.Join(killed, "socket"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := cleanup.PrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{living, killed, own} {
		exists(t, dir, true)
	}
	cmd.Process.Kill()
	cmd.Wait()
	exists(t, killed, true)
	second, err := cleanup.PrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	exists(t, killed, false)
	for _, dir := range []string{living, own, second} {
		exists(t, dir, true)
	}
}

// TestPrivateDirLeavesOthers: only this user's private folders are removed, not other
// files with similar names.
func TestPrivateDirLeavesOthers(t *testing.T) {
	parent := shortDir(t)
	prefix := fmt.Sprintf("liveapi-%d-", os.Getuid())
	folder := func(name string, locked bool) string {
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if locked {
			if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	stay := []string{
		folder(fmt.Sprintf("liveapi-%d-1", os.Getuid()+1), true), // another user's, by its name
		folder("elsewhere", true),
		folder(prefix+"unfinished", false), // just being made
	}
	file := filepath.Join(parent, prefix+"file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(parent, prefix+"link")
	if err := os.Symlink("elsewhere", link); err != nil {
		t.Fatal(err)
	}
	within := folder(prefix+"links", false)
	if err := os.Symlink("../elsewhere/lock", filepath.Join(within, "lock")); err != nil {
		t.Fatal(err)
	}
	stay = append(stay, file, link, within)
	if os.Getuid() == 0 { // another user's folder with this user's number in its name
		other := folder(prefix+"claimed", true)
		if err := os.Chown(other, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		stay = append(stay, other)
	}
	gone := folder(prefix+"gone", true)
	if _, err := cleanup.PrivateDir(parent); err != nil {
		t.Fatal(err)
	}
	exists(t, gone, false)
	for _, path := range stay {
		exists(t, path, true)
	}
	exists(t, filepath.Join(parent, "elsewhere", "lock"), true)
}

// The test binary is also a process that keeps a private folder.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "be" {
		os.Exit(bePrivate(os.Args[3]))
	}
	os.Exit(m.Run())
}

// shortDir returns a folder that only this user may enter, with a path short enough
// for a socket below it.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "liveapi-t-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
