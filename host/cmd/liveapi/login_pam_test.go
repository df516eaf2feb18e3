package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// games is an account of every Debian machine that no person uses.
const (
	games    = "games"
	gamesUID = 5
)

// needPAM skips the test unless root runs it, and fails when a program is missing.
func needPAM(t *testing.T, programs ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can add a service to /etc/pam.d")
	}
	for _, program := range append(programs, "pamtester") {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v; install what .ci/deps names", err)
		}
	}
}

// service is the name of a service of PAM that is there while a test runs.
func service(t *testing.T, name, text string) string {
	t.Helper()
	name = fmt.Sprintf("liveapi-under-test-%s-%d", name, os.Getpid())
	path := "/etc/pam.d/" + name
	t.Cleanup(func() { os.Remove(path) })
	if err := os.WriteFile(path, []byte(text+"\naccount required pam_permit.so\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// authenticate runs pamtester for a service and a user who types a line. After a
// success it does what sshd does next, which a stack may still refuse.
func authenticate(t *testing.T, service, user, line string) (in bool, said string) {
	t.Helper()
	cmd := exec.Command("pamtester", service, user, "authenticate", "setcred(PAM_ESTABLISH_CRED)")
	cmd.Stdin, cmd.Dir = strings.NewReader(line+"\n"), "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if (err == nil) != strings.Contains(string(out), "credential info has successfully been set") {
		t.Fatalf("pamtester: %v: %s", err, out)
	}
	return err == nil, string(out)
}

// pamPlace returns a place with a host's configuration, and the options that name this
// configuration to a program that PAM starts.
func pamPlace(t *testing.T) (p place, options string) {
	t.Helper()
	p = newPlace(t)
	config := "modules: " + at("bin/modules") + "\nsdk: " + at("sdk/caller") + "\nstate: " + p.path("state") + "\n"
	if err := os.WriteFile(p.path("pam.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return p, "uapi=" + at("bin/uapi") + " config=" + p.path("pam.yaml")
}

// forGames makes a call as root for the account games.
func (p place) forGames(t *testing.T, config, function string, args map[string]string) (string, error) {
	t.Helper()
	in, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(at("bin/uapi"), "--config="+config, "--user="+games, "--output=json", "--input=json", "TwoFactorAuth", function)
	cmd.Env, cmd.Stdin, cmd.Dir = withoutState(p.env), bytes.NewReader(in), "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", function, err, out)
	}
	return string(out), err
}

// withoutState returns an environment without the state folder, so that the
// configuration file names the database.
func withoutState(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, "LIVEAPI_STATE=") })
}

// enrolGames turns the second factor of games on.
func (p place) enrolGames(t *testing.T, config string) (secret string) {
	t.Helper()
	secret = newEnrolment(t).secret
	enrolEarlier(t, secret, func(args map[string]string) error {
		_, err := p.forGames(t, config, "set_user_configuration", args)
		return err
	})
	return secret
}

// sshdService installs examples/login/pam/sshd with a folder and options of the test.
func sshdService(t *testing.T, name, options string) string {
	t.Helper()
	text, err := os.ReadFile(at("examples/login/pam/sshd"))
	if err != nil {
		t.Fatal(err)
	}
	const program = "/usr/local/sbin/second-factor"
	if strings.Count(string(text), program) != 1 {
		t.Fatalf("examples/login/pam/sshd does not name %s once", program)
	}
	return service(t, name, strings.ReplaceAll(string(text), program, at("examples/login/pam/second-factor")+" "+options))
}

// The second factor by PAM: a code works once, a fault means denied, and a user
// without a second factor gets in only with nullok.
func TestPAMSecondFactor(t *testing.T) {
	needPAM(t)
	p, options := pamPlace(t)
	strict, nullok := sshdService(t, "strict", options), sshdService(t, "nullok", options+" nullok")
	expect := func(what, service, user, line string, want bool) string {
		t.Helper()
		in, said := authenticate(t, service, user, line)
		if in != want {
			t.Errorf("%s: in: %v, want %v; %s", what, in, want, said)
		}
		if len(line) > 4 && strings.Contains(said, line) {
			t.Errorf("%s: the typed text is shown: %s", what, said)
		}
		return said
	}

	expect("no second factor", strict, games, "123456", false)
	expect("no second factor, nullok", nullok, games, "", true)

	secret := p.enrolGames(t, p.path("pam.yaml"))
	if said := expect("wrong", strict, games, notTheCode(t, secret), false); !strings.Contains(said, "Security code or recovery code, not your password:") {
		t.Errorf("the user is not told what to type: %s", said)
	}
	code := codeAt(t, secret, 0)
	expect("right", strict, games, code, true)
	expect("replayed", strict, games, code, false)
	expect("replayed, nullok", nullok, games, code, false)
	expect("empty, nullok", nullok, games, "", false)
	expect("JSON", nullok, games, `1","tfa_token":"`+codeAt(t, secret, 1), false)
	expect("too long", nullok, games, strings.Repeat(" ", 64)+codeAt(t, secret, 1), false)
	expect("right again", nullok, games, codeAt(t, secret, 1), true)

	made, err := p.forGames(t, p.path("pam.yaml"), "generate_recovery_codes", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, made, _ = strings.Cut(made, `"recovery_codes":["`)
	expect("recovery", strict, games, made[:11], true)
	expect("recovery again", strict, games, made[:11], false)

	for range 3 {
		expect("wrong", nullok, games, notTheCode(t, secret), false)
	}
	if said := expect("throttled", nullok, games, notTheCode(t, secret), false); !strings.Contains(said, "Too many wrong codes. Wait ") {
		t.Errorf("the wait is not shown: %s", said)
	}
}

// All of these mean denied, with nullok too: an unreadable database, a missing
// command, a command with a malformed response, and one that does not end.
func TestPAMSecondFactorFailsClosed(t *testing.T) {
	needPAM(t)
	p, options := pamPlace(t)
	nullok := sshdService(t, "closed", options+" nullok")
	if in, said := authenticate(t, nullok, games, "1"); !in {
		t.Fatalf("before anything is broken nobody gets in: %s", said)
	}
	if err := os.WriteFile(p.path("state/liveapi.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if in, said := authenticate(t, nullok, games, "1"); in {
		t.Errorf("the database cannot be read: %s", said)
	}
	for name, options := range map[string]string{
		"no command":       "nullok uapi=/nowhere/uapi",
		"no configuration": options + "/nowhere nullok",
		"unknown option":   options + " nullok nulok",
	} {
		if in, said := authenticate(t, sshdService(t, "broken", options), games, "1"); in {
			t.Errorf("%s: %s", name, said)
		}
	}
	for answer, status := range map[string]int{
		"": 0, "yes": 0, "{}": 0, `{"result":{"status":1}}`: 0, `{"result":{"status":1,"data":{"is_enabled":null}}}`: 0,
		`{"result":{"status":1,"data":{"is_enabled":[]}}}`: 0, `{"result":{"status":0,"data":{"is_enabled":0}}}`: 1,
		`{"result":{"status":1,"data":{"is_enabled":0}}}`: 3, `{"result":{"status":1,"data":[{"is_enabled":0}]}}`: 0,
	} {
		program := impostor(t, p, answer, status)
		text, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.Replace(string(text), "*get_user_configuration)", "never)", 1))
		if err := os.WriteFile(program, text, 0o755); err != nil {
			t.Fatal(err)
		}
		if in, said := authenticate(t, sshdService(t, "broken", "nullok uapi="+program), games, "1"); in {
			t.Errorf("answered with %q and status %d: %s", answer, status, said)
		}
	}
	// The responses of the second call.
	for answer, status := range map[string]int{
		"": 0, `{"result":{"status":1,"data":{}}}`: 0, `{"result":{"status":1,"data":{"valid":0}}}`: 0, `{"result":{"status":0,"data":{"valid":1},"errors":["no"]}}`: 1,
		`{"result":{"status":1,"data":{"valid":1}}}`: 3, `{"result":{"status":1,"data":{"valid":"1x"}}}`: 0,
	} {
		if in, said := authenticate(t, sshdService(t, "broken", "nullok uapi="+impostor(t, p, answer, status)), games, "123456"); in {
			t.Errorf("validate_token answered with %q and status %d: %s", answer, status, said)
		}
	}
	if in, said := authenticate(t, sshdService(t, "broken", "uapi="+impostor(t, p, `{"result":{"status":1,"data":{"valid":1}}}`, 0)), games, "123456"); !in {
		t.Errorf("even a clear yes is denied, so the checks above prove nothing: %s", said)
	}
}

// An invalid name is refused before any call, and the environment that PAM passes on,
// which a user may have set, is ignored.
func TestPAMSecondFactorBelievesNobody(t *testing.T) {
	needPAM(t)
	p, options := pamPlace(t)
	run := func(env ...string) bool {
		cmd := exec.Command(at("examples/login/pam/second-factor"), append(strings.Fields(options), "nullok")...)
		cmd.Env, cmd.Stdin, cmd.WaitDelay = env, strings.NewReader("1\x00"), time.Second
		return cmd.Run() == nil
	}
	if !run("PAM_TYPE=auth", "PAM_USER="+games) {
		t.Fatal("an account without a second factor is refused with nullok")
	}
	for _, name := range []string{"", "-games", "--user=games", "games\nroot", "games\n", "ga mes", "../games", "gämes", "Games", "#5", "$(id)", "games;id", "nosuch", strings.Repeat("g", 33)} {
		if run("PAM_TYPE=auth", "PAM_USER="+name) {
			t.Errorf("PAM_USER %q gets in", name)
		}
	}
	if run("PAM_TYPE=auth") || run("PAM_USER="+games) || run("PAM_TYPE=account", "PAM_USER="+games) {
		t.Error("an environment that is not that of an authentication gets in")
	}
	p.enrolGames(t, p.path("pam.yaml"))
	if run("PAM_TYPE=auth", "PAM_USER="+games, "LIVEAPI_STATE="+p.path("elsewhere")) {
		t.Error("the environment names another database, and it is believed")
	}
	yes := impostor(t, p, `{"result":{"status":1,"data":{"valid":1}}}`, 0)
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := as(gamesUID, exec.Command(at("examples/login/pam/second-factor"), "uapi="+yes))
	cmd.Env, cmd.Stdin = []string{"PAM_TYPE=auth", "PAM_USER=" + games}, strings.NewReader("1")
	if cmd.Run() == nil {
		t.Error("not root, and in")
	}
}
