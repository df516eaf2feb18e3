package cleanup

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestGuardRemovesWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	folder, socket := filepath.Join(dir, "folder"), filepath.Join(dir, "a 'socket")
	if err := os.MkdirAll(filepath.Join(folder, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	listen(t, socket)
	g, err := NewGuard(socket, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil { // has the same effect as the end of the host
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The guard does not remove the socket that a new host has created at the same path.
func TestGuardLeavesASuccessor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "socket")
	listen(t, socket)
	g, err := NewGuard(socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}
	listen(t, socket)
	g.Close()
	if _, err := os.Lstat(socket); err != nil {
		t.Errorf("the successor's socket is gone: %v", err)
	}
}

func listen(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	t.Cleanup(func() { l.Close() })
}
