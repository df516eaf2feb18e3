package sdktest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"liveapi.host/protocol/modulerpc"
	"liveapi.host/sdk"
)

// envClock is the environment variable with the name of the file with the test's time.
const envClock = "LIVEAPI_SDKTEST_CLOCK"

// Pipe returns a host that calls m in a process of its own, which ends with the test.
// The test binary is that process: its TestMain must call [Main] with every module
// that a test gives to Pipe.
func Pipe(t testing.TB, m *sdk.Module, options ...Option) *Host {
	t.Helper()
	h := newHost(t, m, options)
	program, err := os.Executable()
	if err != nil {
		t.Fatalf("sdktest: find the test's own program: %v", err)
	}
	config := modulerpc.Config{
		Path: program,
		Args: []string{"-test.run=^$"}, // runs no tests if TestMain does not call Main
		Log:  h.logger(),
	}
	if h.now != nil {
		file := newClockFile(t, h.now)
		h.before = file.write
		config.Env = append(config.Env, envClock+"="+file.Name())
	}
	process, err := modulerpc.Start(t.Context(), config)
	if err != nil {
		t.Fatalf("sdktest: %v\nDoes TestMain call sdktest.Main?", err)
	}
	t.Cleanup(func() { process.Close() })
	manifests, err := process.Describe(t.Context())
	if err != nil {
		t.Fatalf("sdktest: %v", err)
	}
	served := make(map[string]bool)
	for _, manifest := range manifests {
		served[manifest.Module] = true
	}
	for _, m := range h.modules {
		if !served[m.Name] {
			t.Fatalf("sdktest: module %q is not served: give it to sdktest.Main in TestMain", m.Name)
		}
	}
	h.target = process
	return h
}

// Main runs the tests, or serves the modules when [Pipe] has started this
// program. It does not return.
func Main(m *testing.M, modules ...*sdk.Module) {
	if !modulerpc.Launched() {
		os.Exit(m.Run())
	}
	log := modulerpc.NewLogger("sdktest")
	o := sdk.Options{Log: log}
	if path := os.Getenv(envClock); path != "" {
		o.Now = func() time.Time {
			now, err := readClock(path)
			if err != nil {
				panic(err) // the call fails, and the log says why
			}
			return now
		}
	}
	server, err := sdk.NewServer(o, modules...)
	if err != nil {
		log.Error("the module cannot start", "error", err.Error())
		os.Exit(1)
	}
	modulerpc.Serve(server, log)
	os.Exit(0)
}

// clockFile is the file from which a module process reads the test's time.
type clockFile struct {
	*os.File
	t   testing.TB
	now func() time.Time
	mu  sync.Mutex
}

func newClockFile(t testing.TB, now func() time.Time) *clockFile {
	f, err := os.Create(filepath.Join(t.TempDir(), "clock"))
	if err != nil {
		t.Fatalf("sdktest: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	c := &clockFile{File: f, t: t, now: now}
	c.write()
	return c
}

// write replaces the time with one write of fixed length, so that a reader never
// reads a part of it.
func (c *clockFile) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.WriteAt(fmt.Appendf(nil, "%020d", c.now().UnixNano()), 0); err != nil {
		c.t.Errorf("sdktest: %v", err)
	}
}

func readClock(path string) (time.Time, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, err
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("the test's clock: %w", err)
	}
	return time.Unix(0, ns).UTC(), nil
}
