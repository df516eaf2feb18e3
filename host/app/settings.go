package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/pflag"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/settings"
	"liveapi.host/host/door/session"
	"liveapi.host/host/door/unix"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/supervise"
	"liveapi.host/protocol/modulerpc"
)

// Settings come from the flags, the environment, the configuration file and the
// defaults; the first of them that has a value counts.
type Settings struct {
	Modules  string        `yaml:"modules"`  // folder of module programs
	SDK      string        `yaml:"sdk"`      // folder of the callers' libraries
	State    string        `yaml:"state"`    // folder of the database and its key
	Store    string        `yaml:"store"`    // address of etcd or path of a database; "" for the one in the state folder
	Key      string        `yaml:"key"`      // the key file, or credential:NAME
	KMS      kmsSettings   `yaml:"kms"`      // the program that wraps the keys in the file
	Accounts string        `yaml:"accounts"` // folder of the accounts' files
	Texts    string        `yaml:"texts"`    // folder of the texts for pages, by language
	Deadline time.Duration `yaml:"deadline"` // of a call

	Features map[string]string `yaml:"features"` // titles of features, by their names

	Socket struct {
		Path  string `yaml:"path"`
		Mode  string `yaml:"mode"` // octal
		Owner string `yaml:"owner"`
		Group string `yaml:"group"`
	} `yaml:"socket"`

	Limits struct {
		Payload         int           `yaml:"payload"`
		Reply           int           `yaml:"reply"`
		Idle            time.Duration `yaml:"idle"`
		Sessions        int           `yaml:"sessions"`
		AccountSessions int           `yaml:"account_sessions"`
	} `yaml:"limits"`

	Log struct {
		Level string `yaml:"level"`
		JSON  bool   `yaml:"json"`
	} `yaml:"log"`

	// ModuleEnv has the variables for the environment of each program, by its file's name.
	ModuleEnv map[string]map[string]string `yaml:"module_env"`

	explicitSocket bool // the user named the socket's path
	named          []namedFolder
	config         string // the path of the configuration file, which need not exist
}

// LoadSettings reads the configuration file; the environment and the flags override
// it. Errors are wrong usage.
func LoadSettings(flags *pflag.FlagSet) (*Settings, error) {
	s := new(Settings)
	s.unsetLimits()
	path, err := settings.Read(flags, s, true)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.checkLimits(), s.KMS.check()); err != nil {
		return nil, settings.Wrong(path, err)
	}
	put := func(to *string, flag, variable, fallback string) {
		if v := settings.Given(flags, flag, variable); v != "" {
			*to = v
		}
		if *to == "" {
			*to = fallback
		}
	}
	s.config = path
	folder := func(to *string, setting, flag, variable, fallback string) {
		put(to, flag, variable, "")
		if *to != "" {
			s.named = append(s.named, namedFolder{setting, to})
		} else {
			*to = fallback
		}
	}
	folder(&s.Modules, "modules", "modules", "LIVEAPI_MODULES", besideProgram("modules"))
	put(&s.SDK, "sdk", "LIVEAPI_SDK", findSDK())
	s.SDK = libraries(s.SDK)
	put(&s.State, "state", "LIVEAPI_STATE", caller.DefaultState())
	put(&s.Store, "store", "LIVEAPI_STORE", "")
	put(&s.Key, "key", "LIVEAPI_KEY", "")
	folder(&s.Accounts, "accounts", "", "LIVEAPI_ACCOUNTS", filepath.Join(filepath.Dir(path), "accounts"))
	folder(&s.Texts, "texts", "", "LIVEAPI_TEXTS", filepath.Join(filepath.Dir(path), "texts"))
	put(&s.Log.Level, "log-level", "LIVEAPI_LOG", "")
	put(&s.Socket.Path, "socket", "LIVEAPI_SOCKET", "")
	put(&s.Socket.Mode, "socket-mode", "", "")
	put(&s.Socket.Owner, "socket-owner", "", "")
	put(&s.Socket.Group, "socket-group", "", "")
	s.explicitSocket = s.Socket.Path != ""
	if s.Socket.Path == "" {
		s.Socket.Path = caller.OwnSocket()
	}
	if flags.Changed("deadline") {
		s.Deadline, _ = flags.GetDuration("deadline")
	}
	if flags.Changed("log-json") {
		s.Log.JSON, _ = flags.GetBool("log-json")
	}
	return s, errors.Join(s.checkDeadline(), s.absolute(), s.placeKey())
}

// absolute makes the paths absolute.
func (s *Settings) absolute() error {
	if etcd.IsAddress(s.Store) {
		if err := etcd.CheckAddress(s.Store); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	for _, path := range []*string{&s.Modules, &s.SDK, &s.State, &s.Store, &s.Accounts, &s.Texts, &s.Socket.Path} {
		if *path == "" || path == &s.Store && etcd.IsAddress(s.Store) {
			continue
		}
		full, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = full
	}
	return nil
}

func (s *Settings) socket() (unix.Socket, error) {
	socket := unix.Socket{Path: s.Socket.Path, Owner: s.Socket.Owner, Group: s.Socket.Group}
	if s.Socket.Mode != "" {
		mode, err := strconv.ParseUint(s.Socket.Mode, 8, 9)
		if err != nil || mode == 0 {
			return socket, fmt.Errorf("the socket's mode %q is not three octal digits such as 660", s.Socket.Mode)
		}
		socket.Mode = os.FileMode(mode)
	}
	return socket, nil
}

func (s *Settings) sessionLimits() session.Limits {
	return session.Limits{Payload: s.Limits.Payload, Reply: s.Limits.Reply, Idle: s.Limits.Idle}
}

// besideProgram returns a path in the folder of this program's real file.
func besideProgram(name string) string {
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(program), name)
}

// findSDK looks for the callers' libraries at the places of a checkout and of a package.
func findSDK() string {
	for _, path := range []string{besideProgram("../sdk"), besideProgram("sdk"), "/usr/share/liveapi/sdk", "/usr/local/share/liveapi/sdk"} {
		if folder := libraries(path); path != "" && hasLibraries(folder) {
			return filepath.Clean(folder)
		}
	}
	return ""
}

// libraries returns the folder with php/ and perl/ for a folder: the folder itself, or
// in a checkout the folder caller below it.
func libraries(folder string) string {
	if below := filepath.Join(folder, "caller"); folder != "" && hasLibraries(below) {
		return below
	}
	return folder
}

func hasLibraries(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "php", "cpanel.php"))
	return err == nil
}

// moduleEnv returns the environment of a module program: a small fixed one, and the
// variables of the configuration. A module always logs its errors, even when the log
// is off and does not show them: the last one says why the module does not start.
func (s *Settings) moduleEnv(path, level string) []string {
	if level == hclog.Off.String() {
		level = hclog.Error.String()
	}
	env := append(supervise.Env(), modulerpc.EnvLogLevel+"="+strings.ToLower(level))
	for name, value := range s.ModuleEnv[filepath.Base(path)] {
		env = append(env, name+"="+value)
	}
	return env
}
