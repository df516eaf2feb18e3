package chrome

import (
	"fmt"
	"path/filepath"
)

// Config has the module's settings. Its zero value works.
type Config struct {
	// Template is the absolute path of the frame's template; "" is the one in
	// this package.
	Template string
}

// FromEnv returns the configuration from the environment; see the package comment
// for the name.
func FromEnv(getenv func(string) string) Config {
	return Config{Template: getenv("CHROME_TEMPLATE")}
}

func (c Config) check() error {
	if c.Template != "" && !filepath.IsAbs(c.Template) {
		return fmt.Errorf("the template is %.200q: an absolute path is needed, because a module has another working folder than you "+
			"(CHROME_TEMPLATE)", c.Template)
	}
	return nil
}
