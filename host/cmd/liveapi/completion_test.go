package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// bashCompletion is where Debian has the functions that completion in bash needs.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// completeInBash asks a real bash for the completions at the end of a line.
func (p place) completeInBash(t *testing.T, line string) []string {
	t.Helper()
	const script = `
		source "$BASH_COMPLETION"
		program=${1%% *}
		source <("$program" --completion=bash)
		COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=37 COMP_KEY=9
		set -f
		read -r -a words <<<"${1//=/ = }"
		COMP_WORDS=("${words[@]}")
		[[ $1 == *" " ]] && COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		__start_$program
		[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"`
	cmd := exec.Command("bash", "--norc", "-c", script, "bash", line)
	cmd.Env, cmd.Dir = append(p.env, "BASH_COMPLETION="+bashCompletion), p.dir
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return strings.Fields(string(output))
}

func TestCompletionInBash(t *testing.T) {
	if _, err := os.Stat(bashCompletion); err != nil {
		t.Fatalf("%v; the tests need the package bash-completion", err)
	}
	p := newPlace(t)
	d := p.daemon(t, "d")
	for _, through := range []string{"LIVEAPI_SOCKET=" + d.socket, "LIVEAPI_SOCKET="} {
		p.env = append(p.env, through)
		for _, c := range []struct {
			line string
			want []string
		}{
			{"uapi ", []string{"Hello", "LiveAPI", "Probe", "TwoFactorAuth"}},
			{"uapi Two", []string{"TwoFactorAuth"}},
			{"uapi Nosuch", nil},
			{"uapi TwoFactorAuth g", []string{"generate_recovery_codes", "generate_user_configuration", "get_qr_code", "get_team_user_configuration", "get_user_configuration"}},
			{"uapi --output=json Hello g", []string{"greet"}},
			{"uapi Nosuch g", nil},
			{"uapi Hello greet ", []string{"name="}},
			{"uapi Hello greet name=Ann ", nil},
			{"uapi Hello greet name=", nil},
			{"uapi Probe arguments ", []string{"tag=", "loud=", "key="}},
			{"uapi Probe arguments tag=a loud=1 ", []string{"tag=", "key="}},
			{"uapi Probe arguments loud=", []string{"1", "0"}},
			{"uapi Probe arguments key=", nil}, // a secret
			{"uapi LiveAPI modules api.sort", []string{"api.sort_column=", "api.sort_method=", "api.sort_reverse="}},
			{"uapi --output ", []string{"yaml", "json", "jsonpretty", "xml"}},
			{"uapi --col", []string{"--color"}},
			{"whmapi1 twofactorauth_r", []string{"twofactorauth_remove_user_config"}},
			{"whmapi1 twofactorauth_set_tfa_config ", []string{"secret=", "tfa_token="}},
			{"whmapi1 twofactorauth_set_tfa_config secret=", nil},
			{"whmapi1 twofactorauth_import_tfa_config replace=", []string{"1", "0"}},
			{"cpapi2 ", []string{"Probe"}},
			{"cpapi2 Probe ", []string{"arguments", "fails"}},
			{"cpapi2 Probe arguments t", []string{"tag="}},
			{"cpapi2 Probe arguments api2_sort_", []string{"api2_sort_column=", "api2_sort_method=", "api2_sort_reverse="}},
		} {
			if got := p.completeInBash(t, c.line); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q is completed by %q, want %q", through, c.line, got, c.want)
			}
		}
	}
	p.stopped(t, d)
}

// The other shells read their scripts themselves, and fish lists its completions.
func TestCompletionInOtherShells(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct{ shell, script, want string }{
		{"fish", `uapi --completion=fish | source; complete -C "uapi Hello g"`, "greet\tSays hello."},
		{"zsh", `uapi --completion=zsh >_uapi && zsh -n _uapi && head -1 _uapi`, "#compdef uapi"},
	} {
		t.Run(c.shell, func(t *testing.T) {
			cmd := exec.Command(c.shell, "-c", c.script)
			cmd.Env, cmd.Dir = p.env, p.dir
			if output, err := cmd.Output(); err != nil || strings.TrimSpace(string(output)) != c.want {
				t.Errorf("%q, %v; want %q", output, err, c.want)
			}
		})
	}
}
