package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"liveapi.host/host/caller"
	"liveapi.host/host/caller/settings"
)

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "liveapi.yaml")
	if err := os.WriteFile(file, []byte("socket:\n  path: /from/file\nlimits:\n  payload: 1\nof_the_future: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.yaml")
	if err := os.WriteFile(empty, []byte("# nothing yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, config, variable string
		args                   []string
		want                   string
		asked                  bool
	}{
		{"flag", file, "/from/environment", []string{"--socket", "/from/flag"}, "/from/flag", true},
		{"environment", file, "/from/environment", nil, "/from/environment", true},
		{"file", file, "", nil, "/from/file", true},
		{"file by flag", empty, "", []string{"--config", file}, "/from/file", true},
		{"default", empty, "", nil, caller.OwnSocket(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("LIVEAPI_CONFIG", c.config)
			t.Setenv("LIVEAPI_SOCKET", c.variable)
			finder, err := load(c.args)
			if err != nil || finder.Path != c.want || finder.Asked != c.asked {
				t.Errorf("%+v, %v; want %s", finder, err, c.want)
			}
		})
	}
}

func load(args []string) (caller.Finder, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settings.Flags(flags)
	if err := flags.Parse(args); err != nil {
		return caller.Finder{}, err
	}
	given, err := settings.Load(flags)
	if err != nil {
		return caller.Finder{}, err
	}
	return given.Finder()
}

func TestWrongSettings(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(wrong, []byte("socket: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	endless := filepath.Join(t.TempDir(), "endless.yaml")
	if err := os.WriteFile(endless, []byte("socket: &s\n  <<: *s\n  path: &p [*p]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LIVEAPI_CONFIG", "")
	t.Setenv("LIVEAPI_LOG", "")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--config", wrong}, "wrong.yaml is not right"},
		{[]string{"--config", endless}, "endless.yaml is not right"},
		{[]string{"--config", "/nowhere/x.yaml"}, "read the configuration"},
		{[]string{"--log-level", "loud"}, `the log level "loud" is unknown`},
	} {
		if _, err := load(c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}
