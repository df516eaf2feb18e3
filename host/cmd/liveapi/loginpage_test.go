package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"liveapi.host/host/sys/identity"
)

// loginPassword is the password of every account of the login pages under test.
const loginPassword = "correct horse <battery>"

// loginPage is examples/login, served by php -S.
type loginPage struct {
	place
	url string
	log string // the server's log file
}

// newLoginPage serves the page as the user who runs the test, for his own account.
// Its host is the daemon d, if that runs; more is added to the environment.
func newLoginPage(t *testing.T, p place, more ...string) loginPage {
	t.Helper()
	passwords, sessions := loginFiles(t, p)
	serve := exec.Command("php", "-S", "127.0.0.1:0", "-d", "session.save_path="+sessions, "-t", at("examples/login/web"))
	serve.Env = append(append(p.env, "LIVEAPI_SOCKET="+p.socket("d"), "LOGIN_PASSWORDS="+passwords, "LOGIN_UAPI="+at("bin/uapi")), more...)
	return startPHP(t, p, serve)
}

// loginFiles makes the file of passwords and the folder of sessions.
func loginFiles(t *testing.T, p place) (passwords, sessions string) {
	t.Helper()
	cmd := exec.Command("php", "-r", `echo password_hash(stream_get_contents(STDIN), PASSWORD_BCRYPT, ["cost" => 4]);`)
	cmd.Stdin = strings.NewReader(loginPassword)
	hash, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := ""
	for _, name := range []string{identity.Own(), games, "other", "--user=root"} {
		lines += name + ":" + string(hash) + "\n"
	}
	passwords, sessions = p.path("passwords"), p.path("sessions")
	if err := errors.Join(os.WriteFile(passwords, []byte(lines), 0o600), os.MkdirAll(sessions, 0o700)); err != nil {
		t.Fatal(err)
	}
	return passwords, sessions
}

// startPHP starts php -S on a free port, and waits until it listens.
func startPHP(t *testing.T, p place, serve *exec.Cmd) loginPage {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	for i, arg := range serve.Args {
		if arg == "127.0.0.1:0" {
			serve.Args[i] = address
		}
	}
	page := loginPage{p, "http://" + address + "/index.php", p.path("php.log")}
	log, err := os.Create(page.log)
	if err != nil {
		t.Fatal(err)
	}
	said, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer log.Close()
		for lines, up := bufio.NewScanner(said), false; lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
			if !up && strings.Contains(lines.Text(), "started") {
				up = true
				close(started)
			}
		}
		serve.Wait()
	}()
	t.Cleanup(func() {
		serve.Process.Kill()
		<-ended
		if t.Failed() {
			text, _ := os.ReadFile(page.log)
			t.Logf("php -S said:\n%s", text)
		}
	})
	select {
	case <-started:
	case <-ended:
		t.Fatal("php -S did not start")
	}
	return page
}

// browser is one browser at a login page.
type browser struct {
	*http.Client
	t     *testing.T
	page  loginPage
	token string // of the form that is shown
	text  string // the page that is shown
	code  int
}

func (page loginPage) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{Client: &http.Client{Jar: jar, Timeout: time.Minute}, t: t, page: page}
	b.open()
	return b
}

var formToken = regexp.MustCompile(`name="token" value="([0-9a-f]{64})"`)

func (b *browser) open() { b.do(b.Get(b.page.url)) }

func (b *browser) do(response *http.Response, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := response.Header.Get(header); got != want {
			b.t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	b.text, b.code, b.token = string(text), response.StatusCode, ""
	if found := formToken.FindStringSubmatch(b.text); found != nil {
		b.token = found[1]
	}
}

// post sends a form with the token of the page that is shown, and follows.
func (b *browser) post(step string, fields ...string) *browser {
	b.t.Helper()
	form := url.Values{"step": {step}, "token": {b.token}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	b.do(b.PostForm(b.page.url, form))
	return b
}

func (b *browser) password(name, password string) *browser {
	b.t.Helper()
	return b.post("password", "name", name, "password", password)
}

// session is the id in the cookie.
func (b *browser) session() string {
	u, _ := url.Parse(b.page.url)
	for _, cookie := range b.Jar.Cookies(u) {
		if cookie.Name == "login" {
			return cookie.Value
		}
	}
	return ""
}

// step returns where the browser is: in, code, or password.
func (b *browser) step() string {
	switch {
	case strings.Contains(b.text, "You are signed in as"):
		return "in"
	case strings.Contains(b.text, `name="code"`):
		return "code"
	case strings.Contains(b.text, `name="password"`):
		return "password"
	}
	return "nothing"
}

func (b *browser) expect(step, text string) *browser {
	b.t.Helper()
	if b.step() != step || !strings.Contains(b.text, text) {
		b.t.Fatalf("the page is at %q, want %q with %q:\n%s", b.step(), step, text, b.text)
	}
	if reloaded := b.page.url; step != "in" { // a reload shows the same step
		b.do(b.Get(reloaded))
		if b.step() != step {
			b.t.Fatalf("after a reload the page is at %q, want %q", b.step(), step)
		}
	}
	return b
}

// codeAt returns what an authenticator shows some steps of 30 s from now.
func codeAt(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrolled turns the second factor of the tester's account on.
func enrolled(t *testing.T, d *daemon) (secret string) {
	t.Helper()
	var generated struct{ Secret string }
	c := mustDial(t, d.socket)
	c.succeed(t, "TwoFactorAuth", "generate_user_configuration", nil, &generated)
	enrolEarlier(t, generated.Secret, func(args map[string]string) error {
		r, err := c.call("TwoFactorAuth", "set_user_configuration", args)
		if err == nil && r.Result.Status != 1 {
			err = errors.New(strings.Join(r.Result.Errors, "; "))
		}
		return err
	})
	return generated.Secret
}

// enrolEarlier sets a secret with the code of the step before this one, so that two
// more codes are valid now. When a step ends meanwhile that code is too old, and
// enrolEarlier tries again.
func enrolEarlier(t *testing.T, secret string, set func(args map[string]string) error) {
	t.Helper()
	var err error
	for range 2 {
		if err = set(map[string]string{"secret": secret, "tfa_token": codeAt(t, secret, -1)}); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// notTheCode returns a code that is wrong for all steps near now.
func notTheCode(t *testing.T, secret string) string {
	t.Helper()
next:
	for n := range 1000 {
		code := fmt.Sprintf("%06d", n)
		for steps := -3; steps <= 3; steps++ {
			if codeAt(t, secret, steps) == code {
				continue next
			}
		}
		return code
	}
	panic("a thousand codes are right")
}

// impostor writes a program that replaces uapi, with this output and exit status.
func impostor(t *testing.T, p place, answer string, status int) string {
	t.Helper()
	path := filepath.Join(p.dir, "impostor")
	script := fmt.Sprintf("#!/bin/sh\ncat >/dev/null\ncase $* in\n*get_user_configuration) echo '{\"result\":{\"status\":1,\"data\":{\"is_enabled\":1}}}';;\n*) cat <<'END'\n%s\nEND\nexit %d;;\nesac\n", answer, status)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
