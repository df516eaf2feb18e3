package caller

import (
	"os"
	"path/filepath"
)

// SystemSocket is where the host of the whole machine listens.
const SystemSocket = "/run/liveapi/liveapi.sock"

// OwnSocket is where a host of this user listens.
func OwnSocket() string {
	if os.Geteuid() == 0 {
		return SystemSocket
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "liveapi", "liveapi.sock")
	}
	return filepath.Join(DefaultState(), "liveapi.sock")
}

// DefaultConfig is the configuration file that is read when none is named. It
// need not exist.
func DefaultConfig() string {
	if os.Geteuid() == 0 {
		return "/etc/liveapi/liveapi.yaml"
	}
	return filepath.Join(homeFolder("XDG_CONFIG_HOME", ".config"), "liveapi", "liveapi.yaml")
}

// DefaultState is the folder of the database when none is named.
func DefaultState() string {
	if os.Geteuid() == 0 {
		return "/var/lib/liveapi"
	}
	return filepath.Join(homeFolder("XDG_STATE_HOME", ".local/state"), "liveapi")
}

func homeFolder(variable, below string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/"
	}
	return filepath.Join(home, below)
}
