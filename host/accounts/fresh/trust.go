package fresh

import (
	"fmt"
	"os"

	"liveapi.host/host/sys/trust"
)

// trustedFolder refuses a folder to which an untrusted user could have added files.
// The rule is stricter than for the folder of modules: the owner of the host's
// program is not trusted, because these files say what accounts may do.
func trustedFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	return trust.Path(path)
}
