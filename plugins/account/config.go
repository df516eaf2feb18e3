package account

import (
	"errors"
	"fmt"
	"os/user"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"liveapi.host/sdk"
)

// DefaultTheme is the one that exists where nothing else is configured: the
// name that pages in the field look for in their addresses.
const DefaultTheme = "jupiter"

// Config says what the modules cannot learn from the host. The zero value lacks
// a host name.
type Config struct {
	// Hostname is the server's name: 1 to 253 bytes.
	Hostname string

	// Themes are the themes that exist, the default one first; nil means
	// [DefaultTheme]. A name has 1 to 64 letters, digits, "_", "-" and ".", and
	// does not begin with a dot.
	Themes []string

	// Aliases are the names below the main domain that the web server answers
	// for by itself: one label each, such as "www".
	Aliases []string

	// GroupName returns the name of a group by its id, "" when it is not known.
	// nil means that the system is asked.
	GroupName func(gid int) string

	// OperatingSystem, Architecture and Processors describe the server; ""
	// and 0 stand for what the program runs on.
	OperatingSystem, Architecture string
	Processors                    int
}

// FromEnv returns the modules with their configuration from the environment;
// see the package comment for the names. What is wrong with it is told by the
// modules' Check, at start. hostname gives the server's name when none is set.
func FromEnv(getenv func(string) string, hostname func() (string, error)) []*sdk.Module {
	c := Config{Hostname: getenv("ACCOUNT_HOSTNAME"), Themes: words(getenv("ACCOUNT_THEMES")), Aliases: words(getenv("ACCOUNT_ALIASES"))}
	var unread error
	if c.Hostname == "" {
		c.Hostname, unread = hostname()
	}
	modules := New(c)
	if unread != nil {
		unread = fmt.Errorf("the host name cannot be read, set ACCOUNT_HOSTNAME: %w", unread)
		modules[0].Check = func() error { return unread }
	}
	return modules
}

// words splits a list of names; nil when there is none.
func words(list string) []string {
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(names) == 0 {
		return nil
	}
	return names
}

func (c *Config) complete() {
	if c.Themes == nil {
		c.Themes = []string{DefaultTheme}
	}
	if c.GroupName == nil {
		c.GroupName = systemGroup
	}
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

func systemGroup(gid int) string {
	g, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil { // it has no name
		return ""
	}
	return g.Name
}

func (c *Config) check() error {
	var problems []error
	if !isPlain(c.Hostname, 253) {
		problems = append(problems, fmt.Errorf("the host name is %.60q: 1 to 253 bytes without control characters are allowed", c.Hostname))
	}
	if len(c.Themes) == 0 {
		problems = append(problems, errors.New("there is no theme: name at least one"))
	}
	for i, theme := range c.Themes {
		if !isTheme(theme) {
			problems = append(problems, fmt.Errorf(`the theme %.80q: 1 to 64 letters, digits, "_", "-" and "." are allowed, the first one no dot`, theme))
		}
		if slices.Contains(c.Themes[:i], theme) {
			problems = append(problems, fmt.Errorf("the theme %.80q is named twice", theme))
		}
	}
	for _, alias := range c.Aliases {
		if !isLabel(alias) {
			problems = append(problems, fmt.Errorf(`the alias %.80q: one label of a domain is allowed, such as "www"`, alias))
		}
	}
	return errors.Join(problems...)
}

// isTheme reports whether a name can stand as one part of a path.
func isTheme(s string) bool {
	return s != "" && len(s) <= 64 && s[0] != '.' && isWord(s)
}

// isWord reports whether s has only ASCII letters, digits, "_", "-" and ".".
func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// isLabel reports whether s is one label of a host name (RFC 1123 section 2.1).
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && isWord(s) && !strings.ContainsAny(s, "_.") && s[0] != '-' && s[len(s)-1] != '-'
}

// isPlain reports whether s is 1 to most bytes of text on one line, so that it
// can stand in an error text.
func isPlain(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
