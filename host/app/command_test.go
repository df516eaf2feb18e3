package app

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestSplitFlags(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.String("socket", "", "")
	flags.Bool("log-json", false, "")
	for args, want := range map[string]string{
		"json --apply file":            "| json --apply file",
		"--socket s json file":         "--socket s | json file",
		"json file --socket=s --apply": "--socket=s | json file --apply",
		"json --log-json file":         "--log-json | json file",
		"json -- --socket s":           "| json -- --socket s",
		"json --socket":                "--socket | json",
		"json -socket file":            "| json -socket file",
	} {
		ours, rest := SplitFlags(flags, strings.Fields(args))
		if got := strings.TrimSpace(strings.Join(ours, " ") + " | " + strings.Join(rest, " ")); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
