package supervise

import (
	"runtime"
	"strconv"
)

// Env is the environment of every module program: small and fixed; nothing
// of the host's own reaches it.
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
