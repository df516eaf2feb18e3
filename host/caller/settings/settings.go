// Package settings reads the settings that all commands share: from flags, else from
// the environment, else from the configuration file, else defaults. It has the
// settings of a caller, not those of a host, which are in package host/app.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"liveapi.host/host/caller"
)

// Flags adds the flags of every command that finds a host or is one.
func Flags(flags *pflag.FlagSet) {
	flags.String("config", "", "configuration file (LIVEAPI_CONFIG; default "+caller.DefaultConfig()+")")
	flags.String("modules", "", "folder of module programs (LIVEAPI_MODULES; default modules/ beside this program)")
	flags.String("sdk", "", "folder of the PHP and Perl libraries (LIVEAPI_SDK; default sdk/ near this program)")
	flags.String("state", "", "folder of the database and its key (LIVEAPI_STATE; default "+caller.DefaultState()+")")
	flags.String("store", "",
		"where records are kept: an address of etcd, or the path of a database (LIVEAPI_STORE; default liveapi.db in the state folder)")
	flags.String("key", "", "the key file, or credential:NAME (LIVEAPI_KEY; default liveapi.key in the state folder)")
	flags.String("socket", "", "the host's socket (LIVEAPI_SOCKET; default "+caller.OwnSocket()+")")
	flags.Duration("deadline", 0, "how long a call may take, 50s at most (default 30s)")
	flags.String("log-level", "", "trace, debug, info, warn, error or off (LIVEAPI_LOG; default warn, info for serve)")
	flags.Bool("log-json", false, "log as JSON, one object on each line")
}

// Given returns the value of a flag, or else of an environment variable; "" when
// neither is set.
func Given(flags *pflag.FlagSet, flag, variable string) string {
	if f := flags.Lookup(flag); f != nil && f.Changed {
		return f.Value.String()
	}
	return os.Getenv(variable)
}

// Read decodes the configuration file into the struct that to points to. With known
// set, a key without a field in the struct is an error. The default file need not
// exist; a file that the user named has to.
func Read(flags *pflag.FlagSet, to any, known bool) (path string, err error) {
	path = Given(flags, "config", "LIVEAPI_CONFIG")
	asked := path != ""
	if !asked {
		path = caller.DefaultConfig()
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return path, nil
	}
	if err != nil {
		return path, fmt.Errorf("read the configuration: %w", err)
	}
	if err := mistakes(data, to, known); err != nil {
		return path, Wrong(path, err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(known)
	if err := decoder.Decode(to); err != nil && !errors.Is(err, io.EOF) {
		return path, Wrong(path, err)
	}
	return path, nil
}

// Wrong returns the error for an invalid configuration file.
func Wrong(path string, err error) error {
	return fmt.Errorf("the configuration %s is not right: %w", path, err)
}

// Caller has the settings of a program that calls a running host. It ignores the rest
// of the configuration file, which is for the host.
type Caller struct {
	Socket struct {
		Path string `yaml:"path"`
	} `yaml:"socket"`
	Log struct {
		Level string `yaml:"level"`
		JSON  bool   `yaml:"json"`
	} `yaml:"log"`
}

// Load reads the configuration file; the environment and the flags override it.
// Errors are wrong usage.
func Load(flags *pflag.FlagSet) (*Caller, error) {
	c := new(Caller)
	if _, err := Read(flags, c, false); err != nil {
		return nil, err
	}
	if given := Given(flags, "socket", "LIVEAPI_SOCKET"); given != "" {
		c.Socket.Path = given
	}
	if given := Given(flags, "log-level", "LIVEAPI_LOG"); given != "" {
		c.Log.Level = given
	}
	if flags.Changed("log-json") {
		c.Log.JSON, _ = flags.GetBool("log-json")
	}
	return c, nil
}

// Finder returns a Finder for the socket of the settings, else for the default sockets.
func (c *Caller) Finder() (caller.Finder, error) {
	log, err := c.logger()
	if err != nil {
		return caller.Finder{}, err
	}
	if c.Socket.Path == "" {
		return caller.Finder{Path: caller.OwnSocket(), Log: log}, nil
	}
	path, err := filepath.Abs(c.Socket.Path)
	return caller.Finder{Path: path, Asked: true, Log: log}, err
}

// logger returns a logger to standard error; nil for a level at which a caller logs
// nothing.
func (c *Caller) logger() (caller.Logger, error) {
	level := slog.LevelDebug
	switch c.Log.Level {
	case "trace", "debug":
	case "info", "warn":
		level = slog.LevelWarn
	case "", "error", "off":
		return nil, nil
	default:
		return nil, LevelError(c.Log.Level)
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Log.JSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, options)), nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options)), nil
}

// LevelError returns the error for an unknown log level.
func LevelError(level string) error {
	return fmt.Errorf("the log level %q is unknown: trace, debug, info, warn, error and off are allowed", level)
}
