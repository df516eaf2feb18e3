package twofactorauth_test

import (
	"encoding/base32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liveapi.host/sdk/sdktest"
)

// oathtool runs Debian's program of that name, an independent implementation.
func oathtool(t testing.TB, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Fatalf("oathtool is missing (Debian's package oathtool): %v", err)
	}
	out, err := exec.Command("oathtool", append([]string{"--totp", "--base32"}, args...)...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func at(when time.Time) string { return "--now=" + when.UTC().Format("2006-01-02 15:04:05 UTC") }

func secrets(t testing.TB) []string {
	r := rand.New(rand.NewPCG(6238, 4226))
	list := []string{secret}
	for _, n := range []int{10, 16, 20, 40} {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		list = append(list, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
	}
	h, _ := newHost(t)
	strict, _ := newStrict(t)
	return append(list, issued(h), issued(strict))
}

// oathtool and the module accept exactly the same codes, for secrets of every length
// and at any time.
func TestRFC6238Oathtool(t *testing.T) {
	for i, s := range secrets(t) {
		for _, when := range []time.Time{
			noon, noon.Add(29 * time.Second), time.Unix(1111111109, 0), time.Unix(2000000000, 0), // Appendix B
			time.Unix(1<<31+int64(i)*12345, 0), time.Unix(4102444800, 0),
		} {
			h, clock := newHost(t)
			clock.Set(when)
			code, err := oathtool(t, at(when), s)
			if err != nil {
				t.Fatalf("%v: %s", err, strings.ReplaceAll(code, s, "SECRET"))
			}
			if ours := codeOf(t, s, when); ours != code {
				t.Errorf("at %v: oathtool shows %s, we %s", when, code, ours)
			}
			set(h, s, code).JSON(`{"tfa_configured":1}`)
			clock.Advance(2 * period)
			code, err = oathtool(t, at(when.Add(period)), s) // of the step before: within the window
			if err != nil {
				t.Fatal(err)
			}
			validate(h, code).JSON(`{"method":"totp","retry_after":0,"valid":1}`)

			// The other way: oathtool accepts the codes of our window, and no others.
			for steps, want := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
				ours := codeOf(t, s, when.Add(time.Duration(steps)*period))
				_, err := oathtool(t, at(when), "--window=1", s, ours)
				h, clock := newHost(t)
				clock.Set(when)
				here := set(h, s, ours).Status == 1
				if (err == nil) != want || here != want {
					t.Errorf("%+d steps from %v: oathtool accepts %v, we %v, want %v", steps, when, err == nil, here, want)
				}
			}
		}
	}
}

// A user of the PAM module can go on with the secret in his file.
func TestGoogleAuthenticatorFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "google_authenticator")
	cmd := exec.Command("google-authenticator", "-t", "-d", "-f", "-r", "3", "-R", "30", "-w", "3", "-Q", "NONE", "-C", "-s", file)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("google-authenticator (Debian's package libpam-google-authenticator): %v (%d bytes of output, which hold the secret)", err, len(out))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	theirs, options, _ := strings.Cut(string(text), "\n")
	if !strings.Contains(options, "\" TOTP_AUTH\n") {
		t.Fatalf("the options are\n%s", options)
	}
	h, clock := newHost(t)
	code, err := oathtool(t, at(clock.Now()), theirs)
	if err != nil {
		t.Fatal("oathtool does not take the secret")
	}
	set(h, theirs, code).JSON(`{"tfa_configured":1}`)
	clock.Advance(period)
	if code, err = oathtool(t, at(clock.Now()), theirs); err != nil {
		t.Fatal("oathtool does not take the secret")
	}
	validate(h, code).JSON(`{"method":"totp","retry_after":0,"valid":1}`)

	// And the QR code of it is the one that the program would have shown.
	var drawn struct {
		Image string `json:"qr_code"`
	}
	h.Call("get_qr_code", sdktest.Args{"secret": theirs, "format": "text"}).Decode(&drawn)
	g, side := gridOfText(t, drawn.Image)
	if got := zbar(t, raster(t, side, 4, func(x, y int) bool { return g[[2]int{x, y}] })); !strings.Contains(got, "secret="+theirs+"&") {
		t.Error("the QR code holds another secret")
	}
}
