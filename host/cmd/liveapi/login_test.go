package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"liveapi.host/host/sys/identity"
)

// First the password, then the code, each step with a new session id; a code works
// only once over all browsers (RFC 6238 section 5.2).
func TestLoginPageTakesACodeOnce(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)

	page.browser(t).expect("password", "").password(identity.Own(), loginPassword).expect("in", identity.Own())

	secret := enrolled(t, d)
	b := page.browser(t).expect("password", "")
	first := b.session()
	b.password(identity.Own(), loginPassword).expect("code", "")
	second := b.session()
	b.post("code", "code", notTheCode(t, secret)).expect("code", "That code is not right")
	b.post("code", "code", "12345").expect("code", "That code is not right")
	b.post("code", "code", "").expect("code", "That code is not right")
	b.post("code", "code", "\xff\x00'\"").expect("code", "That code is not right")
	if b.session() != second {
		t.Error("a wrong code has changed the session")
	}
	code := codeAt(t, secret, 0)
	b.post("code", "code", code[:3]+" "+code[3:]).expect("in", identity.Own())
	if third := b.session(); first == second || second == third || first == third || first == "" {
		t.Error("the session id stays over a step")
	}
	b.open()
	b.expect("in", "")

	// An attacker who saw the code and has the password: the page refuses used codes.
	page.browser(t).
		password(identity.Own(), loginPassword).
		expect("code", "").
		post("code", "code", code).
		expect("code", "That code is not right")
	b.post("logout").expect("password", "")

	nothingSaid(t, page, d, secret, code)
}

// nothingSaid searches the logs, which also have the URLs, for secrets.
func nothingSaid(t *testing.T, page loginPage, d *daemon, secrets ...string) {
	t.Helper()
	for _, file := range []string{page.log, d.log} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file == page.log && !strings.Contains(string(text), "POST /index.php") {
			t.Errorf("the log of php -S has no requests: %s", text)
		}
		for _, secret := range append(secrets, loginPassword, url.QueryEscape(loginPassword)) {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds a secret", file)
			}
		}
	}
}

func TestLoginPageTakesARecoveryCodeOnce(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)
	enrolled(t, d)
	var made struct {
		Codes []string `json:"recovery_codes"`
	}
	mustDial(t, d.socket).succeed(t, "TwoFactorAuth", "generate_recovery_codes", nil, &made)
	typed := strings.ToUpper(made.Codes[3])
	page.browser(t).password(identity.Own(), loginPassword).expect("code", "").post("code", "code", typed).expect("in", "There are 9 left.")
	page.browser(t).
		password(identity.Own(), loginPassword).
		expect("code", "").
		post("code", "code", typed).
		expect("code", "That code is not right")
	nothingSaid(t, page, d, typed, made.Codes[3])
}

// RFC 4226 section 7.3: the wait is shown, and a right code is not accepted meanwhile.
func TestLoginPageShowsTheWait(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)
	secret := enrolled(t, d)
	b := page.browser(t).password(identity.Own(), loginPassword).expect("code", "")
	for range 3 {
		b.post("code", "code", notTheCode(t, secret)).expect("code", "That code is not right")
	}
	b.post("code", "code", notTheCode(t, secret))
	b.post("code", "code", codeAt(t, secret, 0))
	if !regexp.MustCompile(`role="alert">Too many wrong security codes. Wait (30|2[0-9]) seconds, then try again`).MatchString(b.text) {
		t.Errorf("the wait is not shown:\n%s", b.text)
	}
	b.expect("code", "")
	// The wait is the account's, not the session's.
	page.browser(t).password(identity.Own(), loginPassword).expect("code", "").post("code", "code", codeAt(t, secret, 1)).expect("code", "Too many wrong")
}

// Without a host no one gets in, not even a user without a second factor, because the
// page cannot know this.
func TestLoginPageWithoutAHost(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)
	secret := enrolled(t, d)
	b := page.browser(t).password(identity.Own(), loginPassword).expect("code", "")
	p.stopped(t, d)
	b.post("code", "code", codeAt(t, secret, 0)).expect("code", "does not work at present")
	page.browser(t).password(identity.Own(), loginPassword).expect("password", "does not work at present")
	d = p.daemon(t, "d")
	b.post("code", "code", codeAt(t, secret, 0)).expect("in", "")
	if err := d.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// Any output of uapi that is not clearly a yes means denied.
func TestLoginPageBelievesOnlyAClearYes(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		status int
	}{
		"nothing":                {"", 0},
		"no JSON":                {"valid: 1", 0},
		"no result":              {`{"data":{"valid":1}}`, 0},
		"no data":                {`{"result":{"status":1}}`, 0},
		"no valid":               {`{"result":{"status":1,"data":{}}}`, 0},
		"valid is a list":        {`{"result":{"status":1,"data":{"valid":[1]}}}`, 0},
		"valid is true":          {`{"result":{"status":1,"data":{"valid":true}}}`, 0},
		"valid is text":          {`{"result":{"status":1,"data":{"valid":"1"}}}`, 0},
		"failed and valid":       {`{"result":{"status":0,"data":{"valid":1},"errors":["<b>no</b>"]}}`, 1},
		"no status":              {`{"result":{"data":{"valid":1}}}`, 0},
		"the exit status is not": {`{"result":{"status":1,"data":{"valid":1}}}`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			page := newLoginPage(t, p, "LOGIN_UAPI="+impostor(t, p, c.answer, c.status))
			b := page.browser(t).password(identity.Own(), loginPassword).expect("code", "").post("code", "code", "123456")
			if b.step() != "code" || strings.Contains(b.text, "<b>") || name == "failed and valid" && !strings.Contains(b.text, "&lt;b&gt;no&lt;/b&gt;") {
				t.Errorf("the page is at %q:\n%s", b.step(), b.text)
			}
		})
	}
	p := newPlace(t)
	page := newLoginPage(t, p, "LOGIN_UAPI="+impostor(t, p, `{"result":{"status":1,"data":{"valid":1}}}`, 0))
	page.browser(t).password(identity.Own(), loginPassword).post("code", "code", "123456").expect("in", "") // so the test can fail
}

// Where a second factor is required, a password alone is not enough. It is required
// unless the configuration says otherwise.
func TestLoginPageRequiresASecondFactor(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	for name, change := range map[string]string{"required": "['required' => true]", "not said": "['required' => null]"} {
		config := p.path("config.php")
		if err := os.WriteFile(config, []byte("<?php return "+change+" + require '"+at("examples/login/config.php")+"';"), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			page := newLoginPage(t, p, "LOGIN_CONFIG="+config)
			page.browser(t).password(identity.Own(), loginPassword).expect("password", "has no second factor, and needs one")
		})
	}
	secret := enrolled(t, d)
	page := newLoginPage(t, p, "LOGIN_CONFIG="+p.path("config.php"))
	page.browser(t).password(identity.Own(), loginPassword).expect("code", "").post("code", "code", codeAt(t, secret, 0)).expect("in", "")
}

// Without the password one learns neither whether the account exists nor whether it
// has a second factor.
func TestLoginPageGivesNoHint(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)
	seen := func(name, password string) string {
		b := page.browser(t).password(name, password)
		b.expect("password", "The account or the password is not right.")
		return formToken.ReplaceAllString(page.browser(t).password(name, password).text, "")
	}
	without := seen(identity.Own(), "wrong")
	enrolled(t, d)
	for _, c := range [][2]string{
		{identity.Own(), "wrong"}, {identity.Own(), ""}, {"nosuch", loginPassword}, {"", ""}, {"--user=root", loginPassword},
		{"other", loginPassword},                       // known here, but not the account of this page (W17)
		{`"><script>alert(1)</script>`, loginPassword}, // never shown
	} {
		if seen(c[0], c[1]) != without {
			t.Errorf("%q: another page than without a second factor", c[0])
		}
	}
}

// Forms of other sites and of other sessions are refused and change nothing, and a
// session id that an attacker has chosen is not accepted (CSRF, session fixation).
func TestLoginPageSessions(t *testing.T) {
	p := newPlace(t)
	d := p.daemon(t, "d")
	page := newLoginPage(t, p)
	secret := enrolled(t, d)

	other := page.browser(t)
	b := page.browser(t)
	old := b.token
	refused := func(token string, step, want string, fields ...string) {
		t.Helper()
		b.open()
		right := b.token
		b.token = token
		b.post(step, fields...)
		if b.code != http.StatusForbidden || b.step() != want {
			t.Errorf("a %s with a wrong token: status %d, at %q", step, b.code, b.step())
		}
		b.token = right
	}
	for _, token := range []string{"", other.token, strings.Repeat("0", 64)} {
		refused(token, "password", "password", "name", identity.Own(), "password", loginPassword)
	}
	b.password(identity.Own(), loginPassword).expect("code", "")
	for _, token := range []string{"", other.token, old} {
		refused(token, "code", "code", "code", codeAt(t, secret, 0))
	}
	// Without the password's step there is no code's step.
	other.post("code", "code", codeAt(t, secret, 0)).expect("password", "Start again")
	// A code in a URL is ignored.
	b.do(b.Get(page.url + "?step=code&token=" + b.token + "&code=" + codeAt(t, secret, 0)))
	b.expect("code", "")

	// Fixation: an id from elsewhere, and the id from before a step.
	u, _ := url.Parse(page.url)
	victim := page.browser(t)
	victim.Jar.SetCookies(u, []*http.Cookie{{Name: "login", Value: "abcdefghijklmnopqrstuvwxyz", Path: "/"}})
	victim.open()
	if victim.session() == "abcdefghijklmnopqrstuvwxyz" {
		t.Error("an id that the server did not make is taken")
	}
	known := []string{victim.session()}
	victim.password(identity.Own(), loginPassword).expect("code", "")
	known = append(known, victim.session())
	victim.post("code", "code", codeAt(t, secret, 0)).expect("in", "")
	for _, id := range known {
		thief := page.browser(t)
		thief.Jar.SetCookies(u, []*http.Cookie{{Name: "login", Value: id, Path: "/"}})
		thief.open()
		thief.expect("password", "")
	}

	response, err := http.Get(page.url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if cookie := response.Header.Get("Set-Cookie"); !strings.Contains(cookie, "; HttpOnly") || !strings.Contains(cookie, "; SameSite=Strict") {
		t.Errorf("the cookie is %q", cookie)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the policy is %q", policy)
	}
}

// One page for many accounts: the rule for sudo in the same folder lets the page's
// user make those two calls as root, and nothing else (W17).
func TestLoginPageForManyAccounts(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can install a rule for sudo and be another user")
	}
	if _, err := exec.LookPath("sudo"); err != nil {
		t.Fatal("sudo is missing (Debian's package sudo)")
	}
	p := newPlace(t)
	for _, dir := range []string{p.dir, p.path("state")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := p.path("many.yaml")
	if err := os.WriteFile(config, []byte("modules: "+at("bin/modules")+"\nsdk: "+at("sdk/caller")+"\nstate: "+p.path("state")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	rule, err := os.ReadFile(at("examples/login/sudoers"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("www-data", "nobody", "/usr/bin/uapi", at("bin/uapi"),
		`/etc/liveapi/liveapi\.yaml`, strings.ReplaceAll(config, ".", `\.`)).Replace(string(rule))
	const sudoers = "/etc/sudoers.d/liveapi-login-under-test"
	t.Cleanup(func() { os.Remove(sudoers) })
	if err := os.WriteFile(sudoers, []byte(text), 0o440); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("visudo", "-cf", sudoers).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}

	secret := p.enrolGames(t, config)
	passwords, sessions := loginFiles(t, p)
	give(t, passwords, nobody)
	give(t, sessions, nobody)
	php := `<?php return ['passwords' => '` + passwords + `', 'required' => false, 'command' => ['sudo', '-n', '` + at("bin/uapi") +
		`', '--config=` + config + `', '--user={account}', '--output=json', '--input=json', 'TwoFactorAuth']];`
	if err := os.WriteFile(p.path("config.php"), []byte(php), 0o644); err != nil {
		t.Fatal(err)
	}
	serve := as(nobody, exec.Command("php", "-S", "127.0.0.1:0", "-d", "session.save_path="+sessions, "-t", at("examples/login/web")))
	serve.Env, serve.Dir = append(p.env, "LOGIN_CONFIG="+p.path("config.php")), "/"
	page := startPHP(t, p, serve)

	b := page.browser(t).password(games, loginPassword).expect("code", "")
	b.post("code", "code", notTheCode(t, secret)).expect("code", "That code is not right")
	b.post("code", "code", codeAt(t, secret, 0)).expect("in", games)
	page.browser(t).password("root", loginPassword).expect("in", "root")           // has none
	page.browser(t).password("other", loginPassword).expect("password", "present") // no account of this machine

	for _, more := range [][]string{
		{"--config=" + config, "--user=games", "--output=json", "--input=json", "TwoFactorAuth", "remove_user_configuration"},
		{"--config=/tmp/evil.yaml", "--user=games", "--output=json", "--input=json", "TwoFactorAuth", "validate_token"},
		{"--config=" + config, "--user=games", "--modules=/tmp", "--output=json", "--input=json", "TwoFactorAuth", "validate_token"},
		{"--config=" + config, "--user=games --modules=/tmp", "--output=json", "--input=json", "TwoFactorAuth", "validate_token"},
		{"--config=" + config, "--user=games", "--output=json", "--input=json", "TwoFactorAuth", "validate_token", "--modules=/tmp"},
		{},
	} {
		cmd := as(nobody, exec.Command("sudo", append([]string{"-n", at("bin/uapi")}, more...)...))
		cmd.Env, cmd.Dir, cmd.Stdin = p.env, "/", strings.NewReader("{}")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "password is required") {
			t.Errorf("sudo uapi %v: %s, %v", more, out, err)
		}
	}
}
