package supervise

import (
	"runtime"
	"strconv"
)

// Env returns the environment of every module program. It is small and fixed, and
// takes nothing from the host's own environment.
//
// GOMAXPROCS is how many processors a module may use: all of them. The SDK's
// end of the lane uses one as long as its functions compute little, and says
// why (protocol/modulerpc/processors.go).
func Env() []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/",
		"LANG=C.UTF-8",
		"GOMAXPROCS=" + strconv.Itoa(runtime.NumCPU()),
	}
}
