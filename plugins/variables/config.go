package variables

import (
	"fmt"
	"runtime"
)

// Config has what the module cannot learn from the host. The zero value lacks a host
// name.
type Config struct {
	// Hostname is the server's name: 1 to 253 bytes without control characters.
	Hostname string

	// OperatingSystem, Architecture and Processors describe the server; "" and 0
	// mean those of the machine that the program runs on.
	OperatingSystem, Architecture string
	Processors                    int

	unread error // why the system's name could not be read
}

// FromEnv returns the configuration from the environment; see the package comment
// for the names. hostname returns the server's name when none is set; the module's
// Check reports its error, at start.
func FromEnv(getenv func(string) string, hostname func() (string, error)) Config {
	c := Config{Hostname: getenv("ACCOUNT_HOSTNAME")}
	if c.Hostname == "" {
		c.Hostname, c.unread = hostname()
	}
	return c
}

func (c *Config) complete() {
	if c.OperatingSystem == "" {
		c.OperatingSystem = runtime.GOOS
	}
	if c.Architecture == "" {
		c.Architecture = runtime.GOARCH
	}
	if c.Processors == 0 {
		c.Processors = runtime.NumCPU()
	}
}

func (c *Config) check() error {
	if c.unread != nil {
		return fmt.Errorf("the host name cannot be read, set ACCOUNT_HOSTNAME: %w", c.unread)
	}
	if !isPlain(c.Hostname, 253) {
		return fmt.Errorf("the host name is %.60q: 1 to 253 bytes without control characters are allowed", c.Hostname)
	}
	return nil
}
