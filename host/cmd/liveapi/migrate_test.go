package main

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oathtool returns the code that Debian's program of that name, an independent
// authenticator, shows some steps of 30 s from now.
func oathtool(t *testing.T, secret string, steps int) string {
	t.Helper()
	now := time.Now().Add(time.Duration(steps) * 30 * time.Second).UTC().Format("2006-01-02 15:04:05 UTC")
	cmd := exec.Command("oathtool", "--totp", "--base32", "--now="+now, "-")
	cmd.Stdin = strings.NewReader(secret)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("oathtool (Debian's package oathtool): %v", err)
	}
	return strings.TrimSpace(string(out))
}

// newcomer makes an account with a home folder for a test; this needs root.
func newcomer(t *testing.T) (name, home string) {
	t.Helper()
	name, home = fmt.Sprintf("liveapi-t%d", os.Getpid()%100000), filepath.Join(t.TempDir(), "home")
	// Only the test's user may enter the folders above, but the account needs its home.
	for dir := filepath.Dir(home); strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("useradd", "--create-home", "--home-dir", home, "--shell", "/usr/sbin/nologin", name).CombinedOutput(); err != nil {
		t.Fatalf("useradd: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("userdel", name).CombinedOutput(); err != nil {
			t.Errorf("userdel: %v: %s", err, out)
		}
	})
	return name, home
}

// A file of google-authenticator is imported from the home folder, and codes of the
// same device are still accepted, each once.
func TestImportFromGoogleAuthenticator(t *testing.T) {
	needPAM(t, "google-authenticator", "oathtool", "useradd")
	p, _ := pamPlace(t)
	name, home := newcomer(t)
	file := filepath.Join(home, ".google_authenticator")
	made := exec.Command("runuser", "-u", name, "--", "google-authenticator", "--time-based", "--force", "--disallow-reuse",
		"--rate-limit=3", "--rate-time=30", "--window-size=3", "--qr-mode=NONE", "--no-confirm", "--quiet", "--secret="+file)
	made.Env, made.Dir = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home}, "/"
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("google-authenticator: %v (%d bytes of output, which may hold the secret)", err, len(out))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, _ := strings.Cut(string(text), "\n")

	run := func(program string, in string, args ...string) (string, error) {
		cmd := exec.Command(at("bin/"+program), append(args, "--config="+p.path("pam.yaml"))...)
		cmd.Env, cmd.Stdin, cmd.Dir = withoutState(p.env), strings.NewReader(in), p.dir
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), secret) && program == "liveapi" {
			t.Errorf("%s %v shows the secret", program, args)
		}
		return string(out), err
	}
	expect := func(want string, fails bool, args ...string) {
		t.Helper()
		if out, err := run("liveapi", "", args...); (err != nil) != fails || !strings.Contains(out, want) {
			t.Errorf("liveapi %v: %v: %s; want %q", args, err, out, want)
		}
	}
	validate := func(code, want string) {
		t.Helper()
		out, err := run(
			"uapi",
			`{"tfa_token":"`+code+`"}`,
			"--user="+name,
			"--input=json",
			"--output=json",
			"TwoFactorAuth",
			"validate_token",
		)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: %s; want %s", err, out, want)
		}
	}
	expect("would be imported (not imported: 5 emergency codes: make recovery codes instead)", false, "import", "google-authenticator", name)
	validate(oathtool(t, secret, 0), `"valid":0`) // that was a dry run

	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	expect("refused: its mode is 0640", true, "import", "google-authenticator", "--apply", name)
	other := file + ".other"
	if err := os.Rename(file, other); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, file); err != nil {
		t.Fatal(err)
	}
	expect("refused: it is a link", true, "import", "google-authenticator", "--apply", name)
	if err := os.Rename(other, file); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	expect("imported (not imported: 5 emergency codes", false, "import", "google-authenticator", "--apply", name)
	code := oathtool(t, secret, 0)
	validate(code, `"valid":1`)
	validate(code, `"valid":0`)
	validate(oathtool(t, secret, 1), `"valid":1`)
}

// Google's PAM module reads a file that liveapi exports, for secrets of every length,
// and accepts the codes of the same device, each once.
func TestExportToGoogleAuthenticator(t *testing.T) {
	needPAM(t, "google-authenticator", "oathtool", "useradd")
	p, _ := pamPlace(t)
	name, home := newcomer(t)
	file := filepath.Join(home, ".google_authenticator")
	google := service(t, "google", "auth required pam_google_authenticator.so secret="+file+" user="+name)
	run := func(args ...string) (string, error) {
		cmd := exec.Command(at("bin/liveapi"), append(args, "--config="+p.path("pam.yaml"))...)
		cmd.Env, cmd.Dir = withoutState(p.env), p.dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("export", "google-authenticator", name); err == nil || !strings.Contains(out, "not configured") {
		t.Errorf("nothing is configured: %v: %s", err, out)
	}
	if _, err := os.Lstat(file); err == nil {
		t.Error("a failed export has left a file")
	}
	r := rand.New(rand.NewPCG(6238, 3))
	for _, bits := range []int{80, 128, 160, 320} {
		key := make([]byte, bits/8)
		for i := range key {
			key[i] = byte(r.Uint32())
		}
		secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
		list := p.path("accounts.json")
		if err := os.WriteFile(list, []byte(`{"`+name+`":"`+secret+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := run("import", "json", "--apply", "--replace", list); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := run("export", "google-authenticator", name)
		if err != nil || strings.Contains(out, secret) {
			t.Fatalf("%v: %s", err, out)
		}
		if out, err := run("export", "google-authenticator", name); err == nil || !strings.Contains(out, "exists") {
			t.Errorf("an existing file is replaced: %v: %s", err, out)
		}
		code := oathtool(t, secret, 0)
		for _, c := range []struct {
			what, code string
			want       bool
		}{
			{"wrong", notTheCode(t, secret), false}, {"right", code, true}, {"again", code, false},
		} {
			if in, said := authenticate(t, google, name, c.code); in != c.want {
				t.Errorf("%d bits, %s: in: %v; %s", bits, c.what, in, said)
			}
		}
		// The PAM module has changed the file since; it is still readable.
		if out, err := run("import", "google-authenticator", name); err != nil || !strings.Contains(out, "would be imported\n") {
			t.Errorf("%d bits: the file of the PAM module cannot be read: %v: %s", bits, err, out)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
