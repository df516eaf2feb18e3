package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"liveapi.host/host/caller"
)

// tree is a folder that looks like a checkout whose programs have been built:
// bin/liveapi, bin/uapi, bin/cpapi2 and bin/whmapi1, bin/modules/, sdk/ and examples/. TestMain makes it.
var tree string

// The test binary is also a program of the tests (programs_test.go): its
// environment then says which.
func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		os.Exit(runProgram(name, os.Args[1:]))
	}
	os.Exit(withTree(m))
}

func withTree(m *testing.M) int {
	var err error
	if tree, err = os.MkdirTemp("/tmp", "la"); err != nil { // short: a socket's path has 107 bytes
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(tree)
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "end-to-end tests:", err)
		return 1
	}
	return m.Run()
}

// build fills the tree. A missing interpreter is a failure, never a skip.
func build() error {
	for _, program := range []string{"php", "perl", "bash", "stat"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w; the end-to-end tests need PHP, Perl with Template Toolkit, bash and coreutils", err)
		}
	}
	if conn, err := net.Dial("unix", caller.SystemSocket); err == nil {
		conn.Close()
		return fmt.Errorf("a host listens on %s and would be used by the commands under test; stop it", caller.SystemSocket)
	}
	if err := os.Chmod(tree, 0o755); err != nil { // tests that run as another user read it
		return err
	}
	repo, err := filepath.Abs("../../..")
	if err != nil {
		return err
	}
	for _, dir := range []string{"sdk", "examples"} {
		if err := os.CopyFS(filepath.Join(tree, dir), os.DirFS(filepath.Join(repo, dir))); err != nil {
			return err
		}
	}
	bin := filepath.Join(tree, "bin")
	if err := goBuild(repo, bin, "./host/cmd/liveapi", "./host/cmd/uapi"); err != nil {
		return err
	}
	if err := errors.Join(os.Symlink("uapi", filepath.Join(bin, "cpapi2")), os.Symlink("uapi", filepath.Join(bin, "whmapi1"))); err != nil {
		return err
	}
	if err := goBuild(repo, bin, "./host/cmd/liveapi/testdata/kms"); err != nil {
		return err
	}
	commands := filepath.Join(bin, "commands")
	if err := goBuild(repo, commands, "./plugins/twofactorauth/commands"); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(filepath.Join(commands, "commands"), filepath.Join(commands, "import")),
		os.Symlink("import", filepath.Join(commands, "export"))); err != nil {
		return err
	}
	return goBuild(repo, filepath.Join(bin, "modules"), "./plugins/cmd/twofactorauth", "./examples/hello", "./host/cmd/liveapi/testdata/probe")
}

func goBuild(repo, into string, packages ...string) error {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", into + "/"}, packages...)...)
	cmd.Dir = repo
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", strings.Join(packages, " "), err, output)
	}
	return nil
}

// consider reads, once, the source files of the programs: go test caches a result
// until a file changes that a test has opened. Files that TestMain opens before the
// tests do not count. Neither do files of this package whose code is only in the
// program, because the linker leaves this code out of the test's binary.
var consider = sync.OnceValue(func() error {
	for _, dir := range []string{"../../../host", "../../../protocol", "../../../plugins", "../../../sdk", "../../../examples"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
})

// at returns a path in the tree.
func at(path string) string { return filepath.Join(tree, path) }

// surroundings makes the folders of one test below dir and returns the environment
// for the programs under test, without settings, state or sockets of the user who
// runs the test. temp is their TMPDIR.
func surroundings(dir string) (env []string, temp string, err error) {
	if err := consider(); err != nil {
		return nil, "", err
	}
	if temp, err = os.MkdirTemp(tree, ""); err != nil {
		return nil, "", err
	}
	env = []string{
		"TMPDIR=" + temp,
		"PATH=" + at("bin") + ":" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"LIVEAPI_STATE=" + filepath.Join(dir, "state"), // root's default is the machine's
		"LIVEAPI_CONFIG=" + filepath.Join(dir, "liveapi.yaml"),
	}
	for name, folder := range map[string]string{
		"HOME": "home", "XDG_STATE_HOME": "xs", "XDG_RUNTIME_DIR": "xr", "XDG_CONFIG_HOME": "xc",
	} {
		path := filepath.Join(dir, folder)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, "", err
		}
		env = append(env, name+"="+path)
	}
	return env, temp, os.WriteFile(filepath.Join(dir, "liveapi.yaml"), nil, 0o600)
}
