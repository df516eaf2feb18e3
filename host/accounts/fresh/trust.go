package fresh

import (
	"fmt"
	"os"

	"liveapi.host/host/sys/trust"
)

// trustedFolder refuses a folder in which somebody else could have put files.
// The rule is the one for the folder of modules, but that the owner of the
// host's program does not count: these files say what accounts may do.
func trustedFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", path)
	}
	return trust.Path(path)
}
