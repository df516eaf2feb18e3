package supervise

import (
	"runtime"
	"strconv"
)

// Env returns the environment of every module program. It is small and fixed, and
// takes nothing from the host's own environment.
//
// GOMAXPROCS leaves half of the machine's processors to the host and the callers.
// On two processors the Go runtime of a module then wakes no thread that only
// looks for work and takes a processor from them (docs/benchmarks.md has the
// numbers).
func Env() []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/",
		"LANG=C.UTF-8",
		"GOMAXPROCS=" + strconv.Itoa(max(1, runtime.NumCPU()/2)),
	}
}
