package supervise

import (
	"runtime"
	"strconv"
)

// Env is the environment of every module program: small and fixed; nothing
// of the host's own reaches it.
//
// GOMAXPROCS leaves half of the machine's processors to the host and the
// callers, without whom no module has work. On two processors the Go runtime of a
// module then wakes no thread that only looks for work and takes a processor
// from them (docs/benchmarks.md has what that is worth).
func Env() []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/",
		"LANG=C.UTF-8",
		"GOMAXPROCS=" + strconv.Itoa(max(1, runtime.NumCPU()/2)),
	}
}
