package themes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// DefaultTheme is the one that exists where nothing else is configured: the
// name that pages in the field look for in their addresses.
const DefaultTheme = "jupiter"

// Config has what the module cannot learn from the host. Its zero value works.
type Config struct {
	// Themes are the themes that exist, the default one first; nil means
	// [DefaultTheme]. A name has 1 to 64 letters, digits, "_", "-" and ".", and
	// does not begin with a dot.
	Themes []string
}

// FromEnv returns the configuration from the environment; see the package comment
// for the name.
func FromEnv(getenv func(string) string) Config {
	names := strings.FieldsFunc(getenv("ACCOUNT_THEMES"), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(names) == 0 {
		return Config{}
	}
	return Config{Themes: names}
}

func (c *Config) complete() {
	if c.Themes == nil {
		c.Themes = []string{DefaultTheme}
	}
}

func (c *Config) check() error {
	var problems []error
	if len(c.Themes) == 0 {
		problems = append(problems, errors.New("there is no theme: name at least one"))
	}
	for i, theme := range c.Themes {
		if !isTheme(theme) {
			problems = append(problems,
				fmt.Errorf(`the theme %.80q: 1 to 64 letters, digits, "_", "-" and "." are allowed, and the first one must not be a dot`,
					theme))
		}
		if slices.Contains(c.Themes[:i], theme) {
			problems = append(problems, fmt.Errorf("the theme %.80q is named twice", theme))
		}
	}
	return errors.Join(problems...)
}

// isTheme reports whether a name can stand as one part of a path.
func isTheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != "" && len(s) <= 64 && s[0] != '.'
}
