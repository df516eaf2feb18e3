package domaininfo

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"unicode"
)

// Config has what the module cannot learn from the host. Its zero value works.
type Config struct {
	// Aliases are the names below the main domain that the web server answers
	// for by itself: one label each, such as "www".
	Aliases []string

	// GroupName returns the name of a group by its id, "" when it is not known.
	// nil means to ask the system.
	GroupName func(gid int) string
}

// FromEnv returns the configuration from the environment; see the package comment
// for the name.
func FromEnv(getenv func(string) string) Config {
	return Config{Aliases: strings.FieldsFunc(getenv("ACCOUNT_ALIASES"), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })}
}

func (c *Config) complete() {
	if c.GroupName == nil {
		c.GroupName = systemGroup
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
	for _, alias := range c.Aliases {
		if !isLabel(alias) {
			problems = append(problems, fmt.Errorf(`the alias %.80q: one label of a domain is allowed, such as "www"`, alias))
		}
	}
	return errors.Join(problems...)
}

// isLabel reports whether s is one label of a host name (RFC 1123 section 2.1).
func isLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-'
}
